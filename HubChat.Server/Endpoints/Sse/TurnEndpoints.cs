using System.Text.Json;
using HubChat.Server.Chats;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>Turns: asking, going on reading, stopping.</summary>
internal static class TurnEndpoints
{
    private const string TokenHeader = "X-Conduit-Token";
    private const string ReplayHeader = "X-Idempotent-Replay";

    // Of a question that was deleted nobody is told; its frame is the third.
    private const int FramesWithQuestion = 3;

    // A run ends within moments; one whose server has died is taken over within seconds.
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(10);

    public static void MapTurns(this RouteGroupBuilder group)
    {
        group.MapPost("/f/conversation", Converse);
        group.MapPost("/f/conversation/resume", Resume);
        group.MapPost("/stop_conversation", Stop);
        group.MapGet("/conversation/{id}/stream_status", GetStatus);
    }

    private static async Task Converse(
        HttpContext context, QuestionService questions, IModelNames models, TurnReader turns, TurnWriter writer, IOptions<ChatOptions> limits,
        CurrentUser user, CancellationToken cancellationToken)
    {
        using var body = await JsonBody.ReadAsync(context.Request, isOptional: false, cancellationToken);
        var request = ConversationRequest.Read(body.Root, user, limits.Value.MaxTextLength, models.NamesFor(user.Role));
        var command = request.ToCommand(RequestKeys.Read(context.Request.Headers, body.Bytes));
        var asked = request.ConversationId is null
            ? await questions.OpenAsync(command, user, cancellationToken)
            : await questions.AskAsync(command, user, cancellationToken);
        var turn = await turns.FindAsync(asked.Posted.GenerationId!.Value, cancellationToken) ?? throw new SseException(SseErrors.ConversationNotFound());
        if (asked.Posted.Duplicate)
        {
            context.Response.Headers[ReplayHeader] = "true";
        }

        await writer.WriteAsync(context, offset: 0, ended => asked.Posted.Duplicate
            ? turns.ReplayAsync(turn, user, ended)
            : turns.ReadAsync(turn, 0, user, ended));
    }

    private static async Task Resume(
        HttpContext context, ResumeTokens tokens, IChatStore store, TurnReader turns, TurnWriter writer, CurrentUser user,
        CancellationToken cancellationToken)
    {
        using var body = await JsonBody.ReadAsync(context.Request, isOptional: true, cancellationToken);
        var token = await tokens.ReadAsync(TokenOf(context.Request.Headers, body.Root), cancellationToken);
        var chatId = ConversationIds.Read(body.Root.Find("conversation_id"));
        if (!token.IsFor(user, chatId))
        {
            throw new SseException(new SseError(
                StatusCodes.Status403Forbidden, "resume_token_mismatch", "This resume token is somebody else's, or another conversation's.", "token"));
        }

        await store.AuthorizeAsync(chatId, user, ChatOperation.Read, cancellationToken);
        var turn = await turns.FindAsync(token.Turn, cancellationToken) ?? throw new SseException(SseErrors.StreamExpired());
        var offset = Offsets.Read(body.Root, context.Request.Headers, await turns.CountAsync(turn, cancellationToken));
        if (turn.IsQuestionDeleted && offset < FramesWithQuestion)
        {
            throw new SseException(SseErrors.StreamExpired());
        }

        HubTelemetry.Resumed(SseEndpoints.Door);
        await writer.WriteAsync(context, offset, ended => turns.ReadAsync(turn, offset, user, ended));
    }

    private static async Task<IResult> Stop(
        HttpContext context, IChatStore store, GenerationService generations, ReplyReader replies, TimeProvider time, CurrentUser user,
        CancellationToken cancellationToken)
    {
        using var body = await JsonBody.ReadAsync(context.Request, isOptional: false, cancellationToken);
        var chatId = ConversationIds.Read(body.Root.Find("conversation_id"));
        var grant = await store.AuthorizeAsync(chatId, user, ChatOperation.Stop, cancellationToken);
        var stopped = await StopAllAsync(await store.GetActiveGenerationsAsync(grant, cancellationToken), generations, user, cancellationToken);
        var ends = await WaitForEndsAsync(stopped, replies, time, cancellationToken);

        // It may have been deleted meanwhile.
        grant = await store.AuthorizeAsync(chatId, user, ChatOperation.Stop, cancellationToken);
        var newest = await store.FindNewestMessageAsync(grant, cancellationToken);

        // One that had said all before the wish came to it has not been stopped.
        return TypedResults.Json(
            new StopResponse(ends.Contains(ReplyState.Stopped) ? "success" : "not_running", newest is null ? null : ConversationMapping.IdOf(newest)),
            SseJson.Options);
    }

    /// <summary>How the replies have ended, once that is stored.</summary>
    /// <exception cref="ChatException">busy when the ends are not stored in time; they will be.</exception>
    private static async Task<List<ReplyState?>> WaitForEndsAsync(
        List<GenerationId> stopped, ReplyReader replies, TimeProvider time, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(StopWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            var ends = new List<ReplyState?>();
            foreach (var id in stopped)
            {
                ends.Add(await replies.WaitForEndAsync(id, either.Token));
            }

            return ends;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ChatException.Busy();
        }
    }

    /// <summary>Stops the replies that one may stop, others' too where the chat allows it.</summary>
    /// <exception cref="ChatException">forbidden when there are some, and one may stop none of them.</exception>
    private static async Task<List<GenerationId>> StopAllAsync(
        IReadOnlyList<ActiveGeneration> active, GenerationService generations, CurrentUser user, CancellationToken cancellationToken)
    {
        var stopped = new List<GenerationId>();
        ChatException? refused = null;
        foreach (var generation in active)
        {
            try
            {
                await generations.StopAsync(generation.Id, user, cancellationToken);
                stopped.Add(generation.Id);
            }
            catch (ChatException exception) when (exception.Error is ChatError.Forbidden)
            {
                refused = exception;
            }
        }

        return stopped is [] && refused is not null ? throw refused : stopped;
    }

    private static async Task<IResult> GetStatus(
        string id, IChatStore store, TurnReader turns, ResumeTokens tokens, CurrentUser user, CancellationToken cancellationToken)
    {
        var grant = await store.AuthorizeAsync(ConversationIds.Read(id), user, ChatOperation.Read, cancellationToken);
        var active = await store.GetActiveGenerationsAsync(grant, cancellationToken);
        foreach (var generation in active)
        {
            // The run of a reply that was deleted ends in a moment.
            if (await turns.FindAsync(generation.Id, cancellationToken) is { Reply.Reply.DeletedAt: null } turn)
            {
                var token = await tokens.IssueAsync(turn, user.Id, cancellationToken);
                return TypedResults.Json(new StreamStatusResponse("IS_STREAMING", turn.MessageId, token), SseJson.Options);
            }
        }

        return TypedResults.Json(new StreamStatusResponse("IDLE"), SseJson.Options);
    }

    private static string? TokenOf(IHeaderDictionary headers, JsonElement body) =>
        headers[TokenHeader].ToString() is { Length: > 0 } header ? header
        : body.Find("token") is { } token ? token.AsText() ?? "?"
        : null;
}
