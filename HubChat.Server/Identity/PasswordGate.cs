using HubChat.Server.Errors;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Identity;

/// <summary>Hashing a password is made to cost a tenth of a second of a processor; this keeps a flood of sign-ins from taking all of them.</summary>
internal sealed class PasswordGate(IOptions<AccountOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(options.Value.MaxParallelHashes > 0 ? options.Value.MaxParallelHashes : Environment.ProcessorCount);
    private int _waiting;

    /// <exception cref="ChatException">busy, when too many wait already.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> hashing, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > options.Value.MaxWaitingHashes)
        {
            Interlocked.Decrement(ref _waiting);
            throw ChatException.Busy();
        }

        try
        {
            await _slots.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        try
        {
            return await hashing();
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();
}
