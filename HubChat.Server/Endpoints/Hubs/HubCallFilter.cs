using System.Reflection;
using System.Runtime.CompilerServices;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Limits;
using Microsoft.AspNetCore.SignalR;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>Around every call: is there room for it, does the session still hold, and how is a refusal said.</summary>
internal sealed partial class HubCallFilter(SessionService sessions, ChatConnections connections, MemoryGate memory, ILogger<HubCallFilter> logger) : IHubFilter
{
    private const string Door = "hub";

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var method = invocationContext.HubMethodName;
        try
        {
            var connection = ChatConnection.Of(invocationContext.Context);
            connection.RequireCall();
            connection.User = await sessions.AuthenticateAsync(connection.Session.TokenHash, invocationContext.Context.ConnectionAborted)
                ?? throw new ChatException(ChatError.NotSignedIn, "session_ended", "Your session has ended. Sign in again.");

            var result = MayBeLarge(invocationContext.HubMethod)
                ? await AnswerAsync(invocationContext, connection, next)
                : await next(invocationContext);
            return result is IAsyncEnumerable<ReplyDeltaItem> stream ? TranslateAsync(stream, method) : result;
        }
        catch (Exception exception) when (exception is not HubException)
        {
            throw Translate(exception, method);
        }
    }

    /// <summary>Here and not when the connection is registered: only from here on is a client told why it is refused.</summary>
    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        try
        {
            connections.RequireRoom(ChatConnection.Of(context.Context));
        }
        catch (ChatException refusal)
        {
            HubTelemetry.Refused(Door, refusal.Code);
            throw HubErrors.ToHubException(refusal);
        }

        return next(context);
    }

    private static bool MayBeLarge(MethodInfo method) =>
        method.ReturnType is { IsGenericType: true, GenericTypeArguments: [var answer] } && answer.IsAssignableTo(typeof(LargeAnswer));

    /// <summary>A few are made at once, from being read to being written: what one is read for and what it is written as is in memory together.</summary>
    private async Task<object?> AnswerAsync(
        HubInvocationContext call, ChatConnection connection, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        // Who does not take what was said before waits here, and not with a leave that others need.
        await connection.WhenTakenAsync(call.Context.ConnectionAborted);
        var leave = await memory.EnterAsync(call.Context.ConnectionAborted) ?? throw ChatException.ShortOfMemory();
        connection.Hold(leave);
        try
        {
            var answer = (LargeAnswer)(await next(call))!;
            answer.Leave = leave;
            return answer;
        }
        catch
        {
            leave.Dispose();
            throw;
        }
    }

    private async IAsyncEnumerable<ReplyDeltaItem> TranslateAsync(
        IAsyncEnumerable<ReplyDeltaItem> stream, string method, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var items = stream.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (Exception exception) when (exception is not (HubException or OperationCanceledException))
            {
                throw Translate(exception, method);
            }

            yield return items.Current;
        }
    }

    private Exception Translate(Exception exception, string method)
    {
        switch (DatabaseFailures.Translate(exception) ?? exception)
        {
            case ChatException refusal:
                HubTelemetry.Refused(Door, refusal.Code);
                return HubErrors.ToHubException(refusal);
            case OperationCanceledException:
                return exception;
            default:
                var id = Guid.CreateVersion7();
                LogFailed(exception, method, id);
                HubTelemetry.Refused(Door, "internal");
                return HubErrors.ToHubException("internal", $"Something went wrong at the server. Report it as {id}.");
        }
    }

    [LoggerMessage(LogLevel.Error, "Hub method {Method} failed, reported to the client as {ErrorId}")]
    private partial void LogFailed(Exception exception, string method, Guid errorId);
}
