namespace HubChat.Server.Models.Upstreams;

/// <summary>
/// The body of an answer. Whatever breaks while it is read is a <see cref="ModelException"/>, and a caller who cancelled hears exactly
/// that, however the read ended.
/// </summary>
internal sealed class UpstreamBody(Stream inner, string? requestId, CancellationToken callerToken) : ReadOnlyStream(inner)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        callerToken.ThrowIfCancellationRequested();
        try
        {
            return await Inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or ObjectDisposedException or OperationCanceledException)
        {
            callerToken.ThrowIfCancellationRequested();
            cancellationToken.ThrowIfCancellationRequested();
            throw new ModelException(ModelException.Failed, "The connection to the model's server broke in the middle of the answer.")
            {
                RequestId = requestId,
            };
        }
    }
}
