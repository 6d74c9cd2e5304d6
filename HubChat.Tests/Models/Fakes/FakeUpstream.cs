using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace HubChat.Tests.Models.Fakes;

/// <summary>
/// A model's server on a loopback port of its own. Without a script it answers "You said: …" word by word; a script says how it answers
/// the next chat request instead, and most of what can go wrong.
/// </summary>
internal abstract class FakeUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<FakeAnswer> _scripts = new();
    private readonly ConcurrentQueue<FakeRequest> _requests = new();
    private readonly Channel<FakeRequest> _arrivals = Channel.CreateUnbounded<FakeRequest>();
    private readonly CancellationTokenSource _ended = new();
    private int _acceptedConnections;
    private int _openConnections;

    /// <param name="port">A port of its own; 0 takes a free one.</param>
    protected FakeUpstream(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Use(CountAsync));
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Scheme, host and port.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());

    /// <summary>What it has; a chat request for another model is answered with 404.</summary>
    public List<FakeModel> Models { get; } = [];

    /// <summary>All chat requests so far.</summary>
    public IReadOnlyList<FakeRequest> Requests => [.. _requests];

    public int AcceptedConnections => Volatile.Read(ref _acceptedConnections);

    public int OpenConnections => Volatile.Read(ref _openConnections);

    /// <summary>The next chat request in the order of arrival, each given once.</summary>
    public async Task<FakeRequest> NextRequestAsync(CancellationToken cancellationToken) => await _arrivals.Reader.ReadAsync(cancellationToken);

    /// <summary>Answers one chat request so; several scripts answer several requests, in order.</summary>
    public void Script(Action<FakeAnswer> script)
    {
        var answer = new FakeAnswer();
        script(answer);
        _scripts.Enqueue(answer);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended.IsCancellationRequested)
        {
            await _ended.CancelAsync();
            await _app.DisposeAsync();
            _ended.Dispose();
        }
    }

    protected Task ListenAsync() => _app.StartAsync();

    /// <summary>How a chat request to this path is answered; null for other paths.</summary>
    protected abstract FakeProtocol? ProtocolOf(string path);

    /// <summary>The answer to anything but a chat; null for 404.</summary>
    protected abstract object? Lookup(string path, JsonElement body);

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        if (ProtocolOf(path) is { } protocol)
        {
            await ChatAsync(context, protocol, body);
            return;
        }

        switch (Lookup(path, body.Length > 0 ? JsonElement.Parse(body) : default))
        {
            case null:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
            case string text:
                await context.Response.WriteAsync(text, context.RequestAborted);
                break;
            case var value:
                await context.Response.WriteAsJsonAsync(value, FakeProtocol.Json, context.RequestAborted);
                break;
        }
    }

    private async Task ChatAsync(HttpContext context, FakeProtocol protocol, string body)
    {
        var request = new FakeRequest(context, body);
        await using var told = context.RequestAborted.Register(request.OnAborted);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ended.Token);
        var exchange = new FakeExchange(context, request, protocol, either.Token);
        _requests.Enqueue(request);
        _arrivals.Writer.TryWrite(request);
        try
        {
            await (_scripts.TryDequeue(out var script) ? script : Usual(request)).PlayAsync(exchange);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // Nobody listens any more.
        }
        finally
        {
            if (context.RequestAborted.IsCancellationRequested)
            {
                // An answer that the abort ends may be through before the registration above has its turn.
                request.OnAborted();
            }

            request.OnAnswered();
        }
    }

    private FakeAnswer Usual(FakeRequest request)
    {
        var name = request.Json.GetProperty("model").GetString();
        return Models.Exists(model => model.Name == name || model.Name == $"{name}:latest")
            ? new FakeAnswer().AnswerUsually()
            : new FakeAnswer().Fail(404, $"model '{name}' not found", "model_not_found");
    }

    private async Task CountAsync(ConnectionContext connection, Func<Task> next)
    {
        Interlocked.Increment(ref _acceptedConnections);
        Interlocked.Increment(ref _openConnections);
        try
        {
            await next();
        }
        finally
        {
            Interlocked.Decrement(ref _openConnections);
        }
    }
}
