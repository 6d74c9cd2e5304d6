using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HubChat.Server.Identity;
using HubChat.Tests.Endpoints.Auth;
using HubChat.Tests.Models.Fakes;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace HubChat.Tests.Models;

/// <summary>S44, and of F29 that nobody sees the raw body: a model's server that repeats the key and the prompt in whatever it says tells them to nobody.</summary>
public sealed class LeakTests
{
    private const string Prompt = "marker-prompt-0815";

    private static readonly Action<FakeAnswer>[] Echoes =
    [
        answer => answer.Status(400).ContentType("application/json").Send(Echo),
        answer => answer.Status(401).ContentType("application/json").Send(Echo),
        answer => answer.Status(404).ContentType("text/html").Send(Echo),
        answer => answer.Status(422).ContentType("application/json").Send(Echo),
        answer => answer.Redirect($"http://{ModelWorld.Key}.example.org/{Prompt}"),
        answer => answer.ContentType("application/json").Send(Echo),
        answer => answer.ContentType($"text/{Prompt}").Send(Echo),
        answer => answer.Say("Well").SayError($"{ModelWorld.Key} {Prompt}", Prompt),
        answer => answer.Say("Well").SendFrame($$"""{"{{Prompt}}": "{{ModelWorld.Key}}" """),
        answer => answer.Say("Well").Send($"{Prompt} {ModelWorld.Key}"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Neither_key_nor_prompt_is_in_an_answer_a_log_a_span_or_a_metric()
    {
        var told = new StringBuilder();
        using var spans = ListenToSpans(told);
        using var metrics = ListenToMetrics(told);
        await using var world = await ModelWorld.StartAsync();
        using var client = new AuthClient(world.App);
        var key = await client.NewKeyAsync(world.Ada, "models");
        foreach (var model in new[] { "ollama", "openai" })
        {
            foreach (var echo in Echoes)
            {
                world.Script(model, echo);
                var reply = await world.AskAsync(model, Prompt);
                Assert.NotEqual("done", reply.GetProperty("state").GetString());
                told.AppendLine(reply.GetProperty("error").GetRawText());
                world.Script(model, echo);
                told.AppendLine(await CompleteAsync(world, key, model, streams: false));
                world.Script(model, echo);
                told.AppendLine(await CompleteAsync(world, key, model, streams: true));
            }

            told.AppendLine(await CompleteAsync(world, key, model, streams: true, expected: "You said"));
        }

        await world.App.ReadAsync(db => db.Users.ExecuteUpdateAsync(set => set.SetProperty(user => user.Role, UserRole.Admin), Token));
        var admin = (await client.SignInAsync("ada")).Token;
        told.AppendLine((await client.GetAsync("/api/admin/upstreams", admin)).Body.GetRawText());
        told.AppendLine((await client.GetAsync("/limits", admin)).Body.GetRawText());
        told.AppendLine((await client.GetAsync("/api/usage", admin)).Body.GetRawText());
        told.AppendJoin('\n', world.App.Log.All);
        var entries = await world.App.ReadAsync(db => db.Ledger.AsNoTracking().ToListAsync(Token));
        told.AppendLine(JsonSerializer.Serialize(entries));

        var all = told.ToString();
        Assert.Contains("gen_ai.request.model", all, StringComparison.Ordinal);
        Assert.Contains("gen_ai.client.operation.duration", all, StringComparison.Ordinal);
        Assert.Contains("model_error", all, StringComparison.Ordinal);
        Assert.DoesNotContain(ModelWorld.Key, all, StringComparison.Ordinal);
        Assert.DoesNotContain(Prompt, all.Replace($"You said: {Prompt}", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.All(world.OpenAI.Requests, request => Assert.Equal($"Bearer {ModelWorld.Key}", request.Headers["Authorization"]));
        Assert.All(world.Ollama.Requests, request => Assert.DoesNotContain("Authorization", request.Headers.Keys));
    }

    private static string Echo(FakeRequest request) => JsonSerializer.Serialize(new
    {
        error = new { message = $"{request.Headers.GetValueOrDefault("Authorization")} {ModelWorld.Key} {request.Body}", code = Prompt, type = ModelWorld.Key },
    });

    private static async Task<string> CompleteAsync(ModelWorld world, string key, string model, bool streams, string? expected = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(world.App.Address, "/v1/chat/completions"))
        {
            Content = JsonContent(new { model, stream = streams, messages = new[] { new { role = "user", content = Prompt } } }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var text = "";
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
            text = $"{response.Headers}\n";
            await using var body = await response.Content.ReadAsStreamAsync(Token);
            var buffer = new byte[4_096];
            for (int read; (read = await body.ReadAsync(buffer, Token)) > 0;)
            {
                text += Encoding.UTF8.GetString(buffer, 0, read);
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            // A stream that failed is broken off.
        }

        if (expected is null)
        {
            Assert.Contains("\"error\"", text, StringComparison.Ordinal);
            return text;
        }

        // Its own prompt comes back to the caller in the answer, word by word.
        Assert.Contains("[DONE]", text, StringComparison.Ordinal);
        return text.Replace(Prompt, "", StringComparison.Ordinal);
    }

    private static StringContent JsonContent(object value) => new(JsonSerializer.Serialize(value), Encoding.UTF8, "application/json");

    private static ActivityListener ListenToSpans(StringBuilder told)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Experimental.Microsoft.Extensions.AI",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (told)
                {
                    told.AppendLine($"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Events.SelectMany(item => item.Tags))}");
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static MeterListener ListenToMetrics(StringBuilder told)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Experimental.Microsoft.Extensions.AI")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        return listener;

        void Note(Instrument instrument, object value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var line = $"{instrument.Name} {value}";
            foreach (var tag in tags)
            {
                line += $" {tag}";
            }

            lock (told)
            {
                told.AppendLine(line);
            }
        }
    }
}
