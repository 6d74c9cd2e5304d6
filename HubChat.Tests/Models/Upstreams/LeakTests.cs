using System.Text;
using HubChat.Server.Models;
using HubChat.Server.Models.Upstreams;
using HubChat.Tests.Models.Fakes;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HubChat.Tests.Models.Upstreams;

/// <summary>S44: a server that repeats the key and the prompt in all that it says about its failure tells nobody else.</summary>
public sealed class LeakTests
{
    private const string Prompt = "marker-prompt-0815";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Faults()
    {
        var faults = new TheoryData<string, string>();
        foreach (var kind in new[] { "ollama", "openai" })
        {
            foreach (var fault in new[] { "status", "busy", "code", "middle", "junk", "page", "half", "headers", "redirect", "names", "late" })
            {
                faults.Add(kind, fault);
            }
        }

        return faults;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Failure_holds_neither_key_nor_prompt(string kind, string fault)
    {
        await using FakeUpstream fake = kind == "ollama" ? await FakeOllama.StartAsync() : await FakeOpenAI.StartAsync();
        using var told = new RecordedTelemetry(fake.Address.Port);
        var log = new LogText();
        var time = new ManualTimeProvider();
        using var client = new TelemetryChatClient(
            new RetryingChatClient(kind == "ollama" ? ModelClients.Ollama(fake.Address) : ModelClients.OpenAI(new Uri(fake.Address, "v1")), time, log), time);
        var script = Script(fault, $"{ModelClients.Key} {Prompt}");
        Enumerable.Range(0, RetryingChatClient.MaxRetries + 1).ToList().ForEach(_ => fake.Script(script));

        var hearing = client.HearAsync(Prompt, Token);
        while (!hearing.IsCompleted)
        {
            await Eventually.HoldsAsync(() => hearing.IsCompleted || time.WaitingTimers > 0, Token);
            time.Advance(TimeSpan.FromSeconds(2));
        }

        var failure = Assert.IsType<ModelException>((await hearing).Failure);
        Assert.Contains(Prompt, (await fake.NextRequestAsync(Token)).Body, StringComparison.Ordinal);
        AssertClean(failure.ToString());
        AssertClean($"{failure.Message} {failure.RequestId} {string.Join(' ', failure.Data.Values.Cast<object>())}");
        AssertClean(log.ToString());
        Assert.NotEmpty(told.Spans);
        Assert.NotEmpty(told.Measurements);
        AssertClean(string.Join('\n', told.Spans.SelectMany(span => span.TagObjects.Append(new("status", span.StatusDescription)).Append(new("name", span.DisplayName))).Select(Flat)));
        AssertClean(string.Join('\n', told.Spans.SelectMany(span => span.Events).SelectMany(happened => happened.Tags).Select(Flat)));
        AssertClean(string.Join('\n', told.Measurements.SelectMany(measured => measured.Tags).Select(Flat)));
    }

    private static Action<FakeAnswer> Script(string fault, string secrets)
    {
        var word = secrets.Replace(' ', '_');
        return fault switch
        {
            "status" => answer => answer.Fail(400, secrets, word),
            "busy" => answer => answer.Fail(503, secrets, ModelClients.Key),
            "code" => answer => answer.Status(401).Send($$$"""{"error":{"message":"{{{secrets}}}","type":"{{{Prompt}}}","code":"{{{ModelClients.Key}}}"}}"""),
            "middle" => answer => answer.Say("a").SayError(secrets, Prompt),
            "junk" => answer => answer.SendFrame(secrets),
            "page" => answer => answer.ContentType("text/html").Send(request => $"<p>{request.Headers["Authorization"]} {request.Body}</p>"),
            "half" => answer => answer.SayHalf(secrets),
            "headers" => answer => answer.Header("X-Why", secrets).Header("Retry-After", word).Fail(500, secrets),
            "redirect" => answer => answer.Redirect($"http://models.example/{word}"),
            "names" => answer => answer.SendFrame($$"""{"{{word}}":"{{word}}","done_reason":"{{word}}"}"""),
            _ => answer => answer.Say("a").Send(secrets).BreakOff(),
        };
    }

    private static string Flat(KeyValuePair<string, object?> tag) =>
        $"{tag.Key}={(tag.Value is IEnumerable<string> values ? string.Join(',', values) : tag.Value)}";

    private static void AssertClean(string text)
    {
        Assert.DoesNotContain("marker", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("zqxj", text, StringComparison.Ordinal);
    }

    private sealed class LogText : ILogger<RetryingChatClient>
    {
        private readonly StringBuilder _text = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _text.AppendLine(formatter(state, exception)).Append(exception);

        public override string ToString() => _text.ToString();
    }
}
