using HubChat.Tests.History.Simulation;
using Xunit;

namespace HubChat.Tests.History;

public sealed class HistoryFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hubchat-history-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Written_history_is_read_back_as_it_was()
    {
        var run = GoodRun.Create();
        IReadOnlyList<HistoryRecord> written;
        using (var writer = new HistoryWriter(PathOf("run")))
        {
            foreach (var record in run.Records)
            {
                writer.Append(record);
            }

            written = writer.Records;
        }

        Assert.Equal(written, await HistoryReader.ReadAsync([PathOf("run")], Cancelled));
    }

    [Fact]
    public async Task File_that_holds_its_final_state_is_checked_alone()
    {
        var run = GoodRun.Create();
        Write("good", run);
        Write("broken", run.ChangeMessages("trip", messages => messages.Where(message => message.Author != "bob")));

        Assert.Empty(await HistoryChecker.CheckFilesAsync([PathOf("good")], options: null, Cancelled));
        Assert.NotEmpty(await HistoryChecker.CheckFilesAsync([PathOf("broken")], options: null, Cancelled));
    }

    [Fact]
    public async Task Histories_of_several_processes_are_put_together_by_their_time()
    {
        var time = new ManualTimeProvider();
        using (var one = new HistoryWriter(PathOf("one"), time))
        using (var two = new HistoryWriter(PathOf("two"), time))
        {
            foreach (var (writer, client) in new[] { (one, "a"), (two, "b"), (one, "c"), (two, "d") })
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                writer.Append(new HistoryRecord { Kind = RecordKind.Connect, Client = client });
            }
        }

        var records = await HistoryReader.ReadAsync([PathOf("one"), PathOf("two")], Cancelled);

        Assert.Equal(["a", "b", "c", "d"], records.Select(record => record.Client));
        Assert.Equal([1_000, 2_000, 3_000, 4_000], records.Select(record => record.T));
    }

    [Fact]
    public async Task Lines_of_many_threads_do_not_mix()
    {
        using (var writer = new HistoryWriter(PathOf("threads")))
        {
            await Parallel.ForAsync(0, 2_000, Cancelled, (seq, _) =>
            {
                writer.Append(new HistoryRecord { Kind = RecordKind.Event, Client = "ada", Seq = seq });
                return ValueTask.CompletedTask;
            });
        }

        var records = await HistoryReader.ReadAsync([PathOf("threads")], Cancelled);

        Assert.Equal(Enumerable.Range(0, 2_000).Select(seq => (long?)seq), records.Select(record => record.Seq).Order());
        Assert.Equal(records.Select(record => record.T).Order(), records.Select(record => record.T));
    }

    [Fact]
    public async Task Line_that_is_no_record_is_named()
    {
        await File.WriteAllLinesAsync(PathOf("wrong"), ["""{"t":1,"kind":"connect"}""", "{}"], Cancelled);

        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => HistoryReader.ReadAsync([PathOf("wrong")], Cancelled));

        Assert.Contains("wrong.jsonl, line 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_is_short_and_readable()
    {
        var record = new HistoryRecord { T = 7, Kind = RecordKind.Send, Client = "ada", Chat = "c1", ClientMsgId = "c-1", Outcome = Outcome.Unknown };

        Assert.Equal("""{"t":7,"kind":"send","client":"ada","chat":"c1","clientMsgId":"c-1","outcome":"unknown"}""", record.ToLine());
    }

    private string PathOf(string name) => Path.Combine(_folder, name + ".jsonl");

    private void Write(string name, SimulatedRun run) =>
        File.WriteAllLines(PathOf(name), run.Records.Concat(run.Final.ToRecords()).Select(record => record.ToLine()));
}
