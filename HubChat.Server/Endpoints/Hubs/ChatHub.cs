using System.Runtime.CompilerServices;
using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Models;
using HubChat.Server.Realtime;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace HubChat.Server.Endpoints.Hubs;

/// <summary>The hub: a translation of docs/protocol/hub.md onto the services. Method names are wire names. It keeps nothing.</summary>
[Authorize]
internal sealed class ChatHub(
    ChatService chats, MessageService messages, ParticipantService participants, GenerationService generations, ReplyReader replies, WatchService watches,
    SearchService search, InboxFeed inbox, ModelCatalog models) : Hub<IChatHubClient>
{
    private const int InboxChats = 100;

    private ChatConnection Connection => ChatConnection.Of(Context);

    private CurrentUser Caller => Connection.User;

    private CancellationToken Aborted => Context.ConnectionAborted;

    public async IAsyncEnumerable<ReplyDeltaItem> Ask(AskRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var caller = Caller;
        var command = new PostMessage(request.ChatId, request.Text, request.ClientMessageId, request.ParentId, Ask: true);
        var posted = await messages.PostAsync(command, caller, cancellationToken);
        yield return new ReplyDeltaItem
        {
            Kind = "accepted",
            GenerationId = posted.GenerationId,
            MessageId = posted.ReplyId,
            AskId = posted.MessageId,
            Seq = posted.Seq,
            State = WireNames.Of(posted.ReplyState!.Value),
        };
        await foreach (var delta in replies.ReadAsync(posted.GenerationId!.Value, StreamPosition.Start, caller, cancellationToken))
        {
            yield return delta.ToItem();
        }
    }

    public async IAsyncEnumerable<ReplyDeltaItem> StreamReply(
        GenerationId generationId, long epoch, int off, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (epoch < 0 || off < 0)
        {
            throw ChatException.InvalidRequest("epoch and off must not be negative.");
        }

        HubTelemetry.Resumed("hub");
        await foreach (var delta in replies.ReadAsync(generationId, new StreamPosition(epoch, off), Caller, cancellationToken))
        {
            yield return delta.ToItem();
        }
    }

    public async Task<WatchItem> WatchChat(WatchRequest request)
    {
        var connection = Connection;
        connection.RequireRoomForWatch(request.ChatId);
        var (watch, result) = await watches.OpenAsync(request.ChatId, request.ToPosition(), Caller, connection, connection.Remove, Aborted);
        connection.Add(watch);
        return result.ToItem() with { Watch = watch };
    }

    public void UnwatchChat(ChatId chatId) => Connection.Unwatch(chatId);

    public async Task<ChatsItem> WatchInbox()
    {
        var connection = Connection;
        if (connection.Inbox is null)
        {
            connection.Inbox = new InboxWatch(Caller.Id, connection);
            inbox.Attach(connection.Inbox);
        }

        return ToItem(await chats.ListAsync(new ListChats(Archived: false, Before: null, InboxChats), Caller, Aborted));
    }

    public ModelsItem ListModels()
    {
        var role = Caller.Role;
        var standard = models.Find(name: null, role);
        return new ModelsItem(
            [.. models.For(role).Select(model => new ModelItem(model.Name, model.Provider, model.ContextTokens, model.MaxOutputTokens, model == standard))]);
    }

    public async Task<PostResult> PostMessage(PostMessageRequest request) =>
        (await messages.PostAsync(new PostMessage(request.ChatId, request.Text, request.ClientMessageId, request.ParentId), Caller, Aborted)).ToItem();

    public async Task<PostResult> EditMessage(EditMessageRequest request)
    {
        var command = new EditMessage(request.ChatId, request.MessageId, request.Text, request.ClientMessageId, request.BaseSeq);
        return (await messages.EditAsync(command, Caller, Aborted)).ToItem();
    }

    public async Task<DeleteResult> DeleteMessage(MessageRequest request) =>
        new(await messages.DeleteAsync(new DeleteMessage(request.ChatId, request.MessageId), Caller, Aborted));

    public async Task<PostResult> Regenerate(RegenerateRequest request) =>
        (await messages.RegenerateAsync(new Regenerate(request.ChatId, request.MessageId, request.ClientMessageId), Caller, Aborted)).ToItem();

    public async Task<PostResult> ContinueReply(MessageRequest request) =>
        (await messages.ContinueAsync(new ContinueReply(request.ChatId, request.MessageId), Caller, Aborted)).ToItem();

    public async Task<StopResult> StopGeneration(GenerationId generationId) =>
        new(await generations.StopAsync(generationId, Caller, Aborted) is { } state ? WireNames.Of(state) : "stopping");

    public async Task<MessagesItem> GetMessages(GetMessagesRequest request)
    {
        var page = await messages.GetAsync(new GetMessages(request.ChatId, request.BeforeSeq, request.AfterSeq, request.Limit), Caller, Aborted);
        return new MessagesItem([.. page.Messages.Select(message => message.ToItem())], page.HasMore);
    }

    public async Task<SearchItem> SearchMessages(SearchMessagesRequest request) =>
        (await search.SearchAsync(request.ToCommand(), Caller, Aborted)).ToItem();

    public Task MarkRead(ChatId chatId, long seq) => messages.MarkReadAsync(chatId, seq, Caller, Aborted);

    public Task Typing(ChatId chatId, bool typing) => watches.TypeAsync(chatId, typing, Caller, Aborted);

    public async Task<ChatItem> CreateChat(CreateChatRequest request) =>
        (await chats.CreateAsync(request.ToCommand(), Caller, Aborted)).ToItem();

    public async Task<ChatItem> RenameChat(RenameChatRequest request) =>
        (await chats.RenameAsync(request.ChatId, request.Title, Caller, Aborted)).ToItem();

    public async Task<ChatItem> UpdateChatSettings(UpdateChatSettingsRequest request) =>
        (await chats.UpdateSettingsAsync(request.ChatId, request.ToCommand(), Caller, Aborted)).ToItem();

    public async Task<ChatItem> GetChat(ChatId chatId) => (await chats.GetAsync(chatId, Caller, Aborted)).ToItem();

    public Task DeleteChat(ChatId chatId) => chats.DeleteAsync(chatId, Caller, Aborted);

    public async Task<ParticipantItem> AddParticipant(AddParticipantRequest request) =>
        (await participants.AddAsync(new AddParticipant(request.ChatId, request.Username, request.Role), Caller, Aborted)).ToItem();

    public Task RemoveParticipant(ParticipantRequest request) => participants.RemoveAsync(request.ChatId, request.UserId, Caller, Aborted);

    public async Task<ParticipantItem> ChangeRole(ChangeRoleRequest request) =>
        (await participants.ChangeRoleAsync(new ChangeRole(request.ChatId, request.UserId, request.Role), Caller, Aborted)).ToItem();

    public async Task<ChatsItem> ListChats(ListChatsRequest request) =>
        ToItem(await chats.ListAsync(new ListChats(request.Archived, request.Before, request.Limit), Caller, Aborted));

    public async Task<ChatSummaryItem> SetChatFlags(SetChatFlagsRequest request) =>
        (await chats.SetFlagsAsync(new SetChatFlags(request.ChatId, request.Pinned, request.Archived), Caller, Aborted)).ToItem();

    private static ChatsItem ToItem(ChatPage page) => new([.. page.Chats.Select(chat => chat.ToItem())], page.HasMore);
}
