using HubChat.Client.Sample.State;
using HubChat.Tests.App;
using HubChat.Tests.History;
using HubChat.Tests.History.Rules;
using Xunit;

namespace HubChat.Tests.Faults;

/// <summary>
/// Clients whose history is held against the promises when the faults are over. The history of a run that was not found clean stays on
/// disk, and the test's output says where.
/// </summary>
internal sealed class RecordedRun : IAsyncDisposable
{
    private static readonly TimeSpan QuietDeadline = TimeSpan.FromSeconds(90);

    // A machine that builds and tests at once is slow; a reply that nobody takes over is silent for ever.
    public static readonly HistoryOptions Wide = new() { Silence = TimeSpan.FromSeconds(20), LeaveGrace = TimeSpan.FromSeconds(10) };

    private readonly string _folder = Directory.CreateTempSubdirectory("hubchat-history-").FullName;
    private readonly List<RecordingClient> _clients = [];
    private bool _isClean;

    public RecordedRun() => History = new HistoryWriter(System.IO.Path.Combine(_folder, "history.jsonl"));

    public HistoryWriter History { get; }

    /// <summary>The numbers behind the promises.</summary>
    public HistoryOptions Options { get; init; } = Wide;

    /// <summary>Where the history is, unless the run was found clean.</summary>
    public string Folder => _folder;

    /// <param name="user">Whose client it is.</param>
    /// <param name="chatId">What it watches.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="through">Where it connects, when that is not the server itself.</param>
    public async Task<RecordingClient> JoinAsync(TestUser user, string chatId, CancellationToken cancellationToken, Uri? through = null)
    {
        var client = await RecordingClient.StartAsync(through ?? user.Address, user, chatId, History, cancellationToken);
        _clients.Add(client);
        return client;
    }

    /// <summary>After the last fault: waits until every client knows everything, and holds the run against the promises.</summary>
    public async Task<FinalState> CheckAsync(string database, CancellationToken cancellationToken)
    {
        var (final, violations) = await JudgeAsync(database, cancellationToken);
        AssertClean(final, violations);
        return final;
    }

    /// <summary>The same, for who has something to say about it before it fails with <see cref="AssertClean"/>.</summary>
    public async Task<(FinalState Final, IReadOnlyList<Violation> Violations)> JudgeAsync(string database, CancellationToken cancellationToken)
    {
        History.Append(new HistoryRecord { Kind = RecordKind.Heal });
        await Eventually.HoldsAsync(() => IsQuietAsync(database, cancellationToken), cancellationToken, QuietDeadline);

        var final = await StoredState.ReadFinalAsync(database, cancellationToken);
        History.Append(final);
        return (final, HistoryChecker.Check(History.Records, final, Options));
    }

    public void AssertClean(FinalState final, IReadOnlyList<Violation> violations)
    {
        Assert.True(violations.Count == 0, string.Join(Environment.NewLine, violations));
        foreach (var client in _clients)
        {
            AssertShows(client.State, final.Chats.Single(chat => chat.Id == client.State.ChatId));
        }

        _isClean = true;
    }

    /// <summary>How long, at most, a reply was silent while it lived and somebody watched.</summary>
    public TimeSpan LongestSilence(FinalState final) => TakeoverRule.LongestSilence(new HistoryRun(History.Records, final, Options));

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        History.Dispose();
        if (_isClean)
        {
            Directory.Delete(_folder, recursive: true);
        }
        else
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"The history is in {_folder}");
        }
    }

    private async Task<bool> IsQuietAsync(string database, CancellationToken cancellationToken)
    {
        var final = await StoredState.ReadFinalAsync(database, cancellationToken);
        return final.Chats.SelectMany(chat => chat.Messages).All(message => message.State is not ("queued" or "running"))
            && _clients.All(client => client.Check()
                && client.State.Seq == final.Chats.Single(chat => chat.Id == client.State.ChatId).LastSeq
                && client.State.Messages.Values.All(message => !message.IsUnfinished));
    }

    /// <summary>What people see is what is stored.</summary>
    private static void AssertShows(ChatState state, FinalChat chat) => Assert.Equal(
        chat.Messages.Where(message => message.Seq >= state.Messages.Keys.First()).Select(message => (message.Seq, message.Id, message.State, message.Text)),
        state.Messages.Values.Select(message => (message.Seq, message.Id, message.State, message.Text)));
}
