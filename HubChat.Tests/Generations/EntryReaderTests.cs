using System.Reflection;
using HubChat.Server.Chats;
using HubChat.Server.Chats.Watching;
using HubChat.Server.Errors;
using HubChat.Server.Generations;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Realtime;
using HubChat.Tests.App;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Generations;

/// <summary>Until when the entries of a reply are read.</summary>
public sealed class EntryReaderTests : IAsyncLifetime
{
    private readonly HubChatApp _app = new();
    private TestUser _ada = null!;
    private TestUser _bob = null!;
    private TestConnection _hub = null!;
    private string _chat = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private EntryReader Reader => _app.Services.GetRequiredService<EntryReader>();

    public async ValueTask InitializeAsync()
    {
        (_ada, _bob) = (await _app.SignUpAsync("ada", Token), await _app.SignUpAsync("bob", Token));
        _hub = await _ada.ConnectAsync(Token);
        _chat = await _hub.CreateChatAsync(Token, _bob);
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Log_of_an_ended_reply_that_is_gone_is_not_waited_for()
    {
        var reply = await AnswerAsync();
        var log = (MemoryDeltaLog)_app.Services.GetRequiredService<IDeltaLog>();
        log.Lose();

        var gone = await Assert.ThrowsAsync<EntriesGoneException>(() => ReadAsync(reply, _bob));

        Assert.False(gone.IsWithdrawn);
        Assert.Equal(0, log.Count);
    }

    [Fact]
    public async Task Reply_that_is_written_while_its_reader_looks_whether_it_will_be_is_read()
    {
        var reply = await AnswerAsync();
        var services = _app.Services;
        var log = DispatchProxy.Create<IDeltaLog, NotYetWritten>();
        ((NotYetWritten)log).Then = services.GetRequiredService<IDeltaLog>();
        var reader = new EntryReader(
            services.GetRequiredService<IGenerationStore>(), services.GetRequiredService<IChatStore>(), log, services.GetRequiredService<ChatFeed>(),
            services.GetRequiredService<IOptions<GenerationOptions>>(), TimeProvider.System);

        var entries = await reader.FollowAsync(reply, reply.Epoch, Of(_bob), Token).ToListAsync(Token);

        Assert.IsType<DeltaReset>(entries[0]);
        Assert.IsType<DeltaClosed>(entries[^1]);
    }

    [Fact]
    public async Task Who_is_removed_is_not_even_given_what_was_read_for_him_already()
    {
        var reply = await AnswerAsync();
        await using var reading = Reader.FollowAsync(reply, reply.Epoch, Of(_bob), Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync());

        await _hub.CallAsync("RemoveParticipant", Token, new { chatId = _chat, userId = _bob.Id });

        Assert.Equal(ChatError.NotFound, (await Assert.ThrowsAsync<ChatException>(() => reading.MoveNextAsync().AsTask())).Error);
    }

    [Fact]
    public async Task Who_gives_up_is_not_given_more_either()
    {
        var reply = await AnswerAsync();
        using var enough = new CancellationTokenSource();
        await using var reading = Reader.FollowAsync(reply, reply.Epoch, Of(_bob), enough.Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync());

        await enough.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.MoveNextAsync().AsTask());
    }

    private async Task<ReplyTurn> AnswerAsync()
    {
        await _hub.WatchAsync(_chat, Token);
        var posted = await _hub.PostAsync(_chat, "@assistant say a few words", "c-1", Token);
        await _hub.NextEventAsync("generation.completed", Token);
        var id = new GenerationId(Guid.Parse(posted.GetProperty("generationId").GetString()!));
        return (await _app.Services.GetRequiredService<IGenerationStore>().FindTurnAsync(id, Token))!;
    }

    private async Task ReadAsync(ReplyTurn reply, TestUser user)
    {
        await foreach (var entry in Reader.FollowAsync(reply, reply.Epoch, Of(user), Token))
        {
            Assert.Fail($"There is no entry, but {entry}.");
        }
    }

    private static CurrentUser Of(TestUser user) => new(
        new UserId(Guid.Parse(user.Id)), user.UserName, user.UserName, "", UserRole.Member, DateTimeOffset.UnixEpoch, default, SessionScopes.Chat,
        SessionExpiresAt: null, DateTimeOffset.UnixEpoch);

    /// <summary>A log that has nothing of the reply at the first look, and everything at the next.</summary>
    public class NotYetWritten : DispatchProxy
    {
        private bool _isWritten;

        internal IDeltaLog Then { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(IDeltaLog.ReadEntriesAsync) && !_isWritten)
            {
                _isWritten = true;
                return default(ValueTask<EntryRead?>);
            }

            return targetMethod.Invoke(Then, args);
        }
    }
}
