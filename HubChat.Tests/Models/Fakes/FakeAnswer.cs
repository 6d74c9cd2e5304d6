using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HubChat.Tests.Models.Fakes;

/// <summary>How one chat request is answered: steps, played in order. When they are over, the answer ends cleanly, complete or not.</summary>
internal sealed partial class FakeAnswer
{
    private readonly List<Func<FakeExchange, Task>> _steps = [];

    /// <summary>Before anything is sent.</summary>
    public FakeAnswer Status(int status) => Then(exchange => exchange.Context.Response.StatusCode = status);

    /// <summary>Before anything is sent.</summary>
    public FakeAnswer Header(string name, string value) => Then(exchange => exchange.Context.Response.Headers[name] = value);

    public FakeAnswer ContentType(string type) => Then(exchange => exchange.Context.Response.ContentType = type);

    /// <summary>Sends the headers alone.</summary>
    public FakeAnswer SendHeaders() => Then(exchange =>
    {
        exchange.Context.Response.ContentType ??= exchange.Protocol.ContentType;
        return exchange.Context.Response.Body.FlushAsync(exchange.CancellationToken);
    });

    /// <summary>A status other than 200, with an error object as the server writes it.</summary>
    public FakeAnswer Fail(int status, string text, string? code = null) => Status(status).ContentType("application/json")
        .Then(exchange => exchange.WriteAsync(exchange.Protocol.ErrorBody(text, code)));

    public FakeAnswer Redirect(string address) => Status(StatusCodes.Status302Found).Header("Location", address);

    public FakeAnswer Say(params string[] pieces)
    {
        foreach (var piece in pieces)
        {
            Then(exchange => exchange.PieceAsync(piece));
        }

        return this;
    }

    public FakeAnswer Think(string text) => Then(exchange => exchange.WriteAsync(exchange.Protocol.Thought(text)));

    public FakeAnswer CallTool(string name, string arguments) =>
        Then(exchange => exchange.WriteAsync(exchange.Protocol.ToolCall(name, arguments)));

    /// <summary>The proper end: reason, usage, and whatever else belongs to it.</summary>
    public FakeAnswer Done(string reason = "stop") => Then(exchange => exchange.EndAsync(reason));

    /// <summary>An error in the middle of the stream, as the server writes it.</summary>
    public FakeAnswer SayError(string text, string? code = null) => Then(exchange => exchange.WriteAsync(exchange.Protocol.Error(text, code)));

    /// <summary>This in the place of a piece's JSON.</summary>
    public FakeAnswer SendFrame(string json) => Then(exchange => exchange.WriteAsync(exchange.Protocol.Frame(json)));

    /// <summary>A piece that breaks off in the middle.</summary>
    public FakeAnswer SayHalf(string text) => Then(exchange =>
    {
        var piece = exchange.Protocol.Piece(text);
        return exchange.WriteAsync(piece[..(piece.Length / 2)]);
    });

    /// <summary>Exactly this.</summary>
    public FakeAnswer Send(string text) => Then(exchange => exchange.WriteAsync(text));

    /// <summary>Exactly these bytes.</summary>
    public FakeAnswer Send(byte[] bytes) => Then(exchange => exchange.WriteAsync(bytes));

    /// <summary>What depends on the request, such as an echo of it.</summary>
    public FakeAnswer Send(Func<FakeRequest, string> text) => Then(exchange => exchange.WriteAsync(text(exchange.Request)));

    /// <summary>Silent until the test releases the request, or nobody listens any more.</summary>
    public FakeAnswer Stall() => Then(exchange => exchange.Request.WhenReleased.WaitAsync(exchange.CancellationToken));

    /// <summary>Ends the connection in the middle of the answer; what was sent arrives.</summary>
    public FakeAnswer BreakOff() => Then(async exchange =>
    {
        await exchange.Context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport.Output.CompleteAsync();
        await Task.Delay(Timeout.Infinite, exchange.CancellationToken);
    });

    /// <summary>Resets the connection; what was sent and not read yet is lost.</summary>
    public FakeAnswer Reset() => Then(exchange =>
    {
        exchange.Context.Abort();
        throw new OperationCanceledException();
    });

    /// <summary>Sends each byte of what follows by itself.</summary>
    public FakeAnswer SliceBytes() => Then(exchange => exchange.IsSliced = true);

    /// <summary>Says what the test says through the request, until it ends that.</summary>
    public FakeAnswer SayLive() => Then(async exchange =>
    {
        await foreach (var piece in exchange.Request.Pieces.ReadAllAsync(exchange.CancellationToken))
        {
            await exchange.PieceAsync(piece);
        }
    });

    /// <summary>The same piece again and again, until nobody listens any more.</summary>
    public FakeAnswer SayEndlessly(string piece) => Then(async exchange =>
    {
        while (!exchange.CancellationToken.IsCancellationRequested)
        {
            await exchange.PieceAsync(piece);
        }
    });

    /// <summary>The same text again and again, until nobody listens any more.</summary>
    public FakeAnswer SendEndlessly(string text) => Then(async exchange =>
    {
        while (!exchange.CancellationToken.IsCancellationRequested)
        {
            await exchange.WriteAsync(text);
        }
    });

    /// <summary>Says the piece so often, whether somebody listens or not: a server that ignores that its caller has gone.</summary>
    public FakeAnswer SayRegardless(string piece, int count) => Then(async exchange =>
    {
        for (var said = 0; said < count; said++)
        {
            try
            {
                await exchange.PieceAsync(piece);
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException)
            {
                // It goes on producing all the same.
            }
        }
    });

    /// <summary>What is answered without a script.</summary>
    public FakeAnswer AnswerUsually() => Then(async exchange =>
    {
        var answer = $"You said: {exchange.Request.LastUserText}";
        if (!exchange.Protocol.IsStreamed(exchange.Request.Json))
        {
            exchange.Context.Response.ContentType = "application/json";
            await exchange.WriteAsync(exchange.Protocol.Whole(answer, exchange.PromptWords, Words().Count(answer)));
            return;
        }

        foreach (Match word in Words().Matches(answer))
        {
            await exchange.PieceAsync(word.Value);
        }

        await exchange.EndAsync("stop");
    });

    public async Task PlayAsync(FakeExchange exchange)
    {
        foreach (var step in _steps)
        {
            await step(exchange);
        }
    }

    private FakeAnswer Then(Func<FakeExchange, Task> step)
    {
        _steps.Add(step);
        return this;
    }

    private FakeAnswer Then(Action<FakeExchange> step) => Then(exchange =>
    {
        step(exchange);
        return Task.CompletedTask;
    });

    // A word with the white space after it.
    [GeneratedRegex(@"\S+\s*|\s+")]
    private static partial Regex Words();
}
