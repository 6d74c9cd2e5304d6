using HubChat.Server.Errors;
using HubChat.Server.Usage;

namespace HubChat.Server.Generations;

/// <summary>Enters calls in the ledger that no change of a chat does.</summary>
internal sealed partial class CallLedger(ILedger ledger, TimeProvider time, ILogger<CallLedger> logger)
{
    private const int MaxTries = 5;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    public async Task AddAsync(LedgerEntry entry)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await ledger.AddAsync(entry, CancellationToken.None);
                return;
            }
            catch (ChatException refusal) when (refusal.Error is ChatError.Busy or ChatError.StorageFull)
            {
                if (attempt == MaxTries)
                {
                    // Whoever called has the answer and must not be kept waiting; the log is what is left.
                    LogLost(refusal, entry.GenerationId.Value, entry.AskerId.Value, entry.InputTokens, entry.OutputTokens);
                    return;
                }

                await Task.Delay(Retry, time, CancellationToken.None);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Call {GenerationId} of {AskerId} could not be entered in the ledger: {InputTokens} tokens in, {OutputTokens} out")]
    private partial void LogLost(Exception exception, Guid generationId, Guid askerId, long inputTokens, long outputTokens);
}
