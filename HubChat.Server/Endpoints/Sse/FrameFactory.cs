using HubChat.Server.Chats;
using HubChat.Server.Realtime;

namespace HubChat.Server.Endpoints.Sse;

/// <summary>
/// The frames of a turn (docs/protocol/sse.md), made of what is stored and of the entries of its delta log, one after another. The same
/// turn gives the same frames, byte for byte, whoever reads it and whenever: they are not kept.
/// </summary>
/// <param name="turn">The turn.</param>
/// <param name="token">The asker's resume token.</param>
internal sealed class FrameFactory(Turn turn, string token)
{
    private const string TextPath = "/message/content/parts/0";
    private bool _isVisible;
    private DeltaEnd? _end;

    /// <summary>The frames before the model has said anything.</summary>
    public IEnumerable<Frame> Begin()
    {
        var (question, reply) = (turn.Reply.Question, turn.Reply.Reply);
        yield return Frame.DeltaEncoding;
        yield return Frame.Of(new { Type = "resume_conversation_token", Token = token, turn.ConversationId });
        yield return Frame.Of(new
        {
            Type = "input_message",
            InputMessage = new
            {
                Id = ConversationMapping.IdOf(question),
                Author = new { Role = "user" },
                CreateTime = SecondsOf(question.CreatedAt),
                Content = ConversationMapping.ContentOf(question),
                Status = ConversationMapping.Successful,
            },
            turn.ConversationId,
        });
        yield return Frame.Delta(new
        {
            O = "add",
            V = new
            {
                Message = new
                {
                    Id = turn.MessageId,
                    Author = new { Role = "assistant" },
                    CreateTime = SecondsOf(turn.CreatedAt),
                    UpdateTime = SecondsOf(turn.CreatedAt),
                    Content = ContentItem.Text([""]),
                    Status = ConversationMapping.InProgress,
                    Metadata = new { ModelSlug = reply.Model ?? "", ParentId = ConversationMapping.IdOf(question) },
                },
                turn.ConversationId,
            },
        });
    }

    /// <summary>The frames that the next entry of the log stands for.</summary>
    public IEnumerable<Frame> Of(Delta entry) => entry switch
    {
        DeltaReset { Text: "" } => [],
        DeltaReset begun => Append(begun.Text),
        DeltaText more => Append(more.Text),
        DeltaDone done => End(done.End),
        DeltaClosed closed => Close(closed.Title),
        _ => [],
    };

    /// <summary>The frames with which a turn ends whose conversation or reply was deleted.</summary>
    public IEnumerable<Frame> Withdraw() =>
        [.. _end is null ? End(DeltaEnd.Of(WireNames.Of(ReplyState.Stopped), "")) : [], .. Close(title: null)];

    private IEnumerable<Frame> Append(string text)
    {
        if (!_isVisible)
        {
            _isVisible = true;
            yield return Frame.Of(new
            {
                Type = "message_marker",
                turn.ConversationId,
                turn.MessageId,
                Marker = "user_visible_token",
                Event = "first",
            });
        }

        yield return Frame.Delta(new { V = new[] { new { P = TextPath, O = "append", V = text } } });
    }

    private Frame[] End(DeltaEnd end)
    {
        _end = end;
        var status = StatusOf(end);
        object metadata = status switch
        {
            ConversationMapping.Successful => new { IsComplete = true },
            ConversationMapping.Partial => new { IsComplete = false, FinishDetails = new { Type = "max_tokens" } },
            ConversationMapping.Interrupted => new { IsComplete = false, FinishDetails = new { Type = "interrupted", Reason = "client_stopped" } },
            _ => new { IsComplete = false, FinishDetails = new { Type = "error" } },
        };
        return
        [
            Frame.Delta(new
            {
                V = new object[]
                {
                    new { P = "/message/status", O = "replace", V = status },
                    new { P = "/message/end_turn", O = "replace", V = true },
                    new { P = "/message/metadata", O = "append", V = metadata },
                },
            }),
        ];
    }

    private IEnumerable<Frame> Close(string? title)
    {
        if (title is not null && turn.TellsTitle)
        {
            yield return Frame.Of(new { Type = "title_generation", Title = title, turn.ConversationId });
        }

        if (_end is { } end && StatusOf(end) == ConversationMapping.Failed)
        {
            yield return Frame.Of(new { Type = "error", turn.ConversationId, turn.MessageId, Error = TurnErrors.Of(end) });
        }

        yield return Frame.Of(new { Type = "message_stream_complete", turn.ConversationId });
    }

    private static string StatusOf(DeltaEnd end) => ConversationMapping.StatusOf(end.State, end.ErrorCode, end.FinishReason);

    private static double SecondsOf(DateTimeOffset moment) => moment.ToUnixTimeMilliseconds() / 1_000d;
}
