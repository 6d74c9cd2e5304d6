namespace HubChat.Tests.History;

/// <summary>Reads histories from disk, one or several of the same machine.</summary>
internal static class HistoryReader
{
    public static async Task<IReadOnlyList<HistoryRecord>> ReadAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var records = new List<HistoryRecord>();
        foreach (var path in paths)
        {
            var number = 0;
            await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line))
                {
                    records.Add(Parse(line, path, number));
                }
            }
        }

        // Stable: lines of one instant keep their order.
        return [.. records.OrderBy(record => record.T)];
    }

    private static HistoryRecord Parse(string line, string path, int number)
    {
        try
        {
            return HistoryRecord.Parse(line);
        }
        catch (System.Text.Json.JsonException wrong)
        {
            throw new InvalidDataException($"{path}, line {number}: {wrong.Message}", wrong);
        }
    }
}
