using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace HubChat.Client.Sample.Hub;

/// <summary>Calls to the hub, over a connection that may come and go.</summary>
internal sealed class HubSession(Uri server, string token, Func<HubSignal, ValueTask> signal, TimeProvider time) : IAsyncDisposable
{
    private readonly HubLink _link = new(server, token, signal, time);

    public int Connections => _link.Connections;

    public Task StartAsync(CancellationToken cancellationToken) => _link.StartAsync(cancellationToken);

    public Task WaitAsync(CancellationToken cancellationToken) => _link.WaitAsync(cancellationToken);

    public Task DropAsync(CancellationToken cancellationToken) => _link.DropAsync(cancellationToken);

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    /// <summary>Calls the hub once, as soon as there is a connection.</summary>
    public async Task<T> CallOnceAsync<T>(string method, object?[] arguments, CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        try
        {
            return await _link.Connection.InvokeCoreAsync<T>(method, arguments, cancellationToken);
        }
        catch (HubException exception) when (!HubErrors.IsClosing(exception))
        {
            throw HubCallException.From(exception);
        }
        catch (Exception exception) when (HubErrors.IsLoss(exception, cancellationToken))
        {
            throw new ConnectionLostException(exception);
        }
    }

    /// <summary>Calls the hub until it answers. Only for calls that may be carried out twice.</summary>
    public async Task<T> CallAsync<T>(string method, object?[] arguments, CancellationToken cancellationToken)
    {
        var patience = new Backoff(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(4), Random.Shared.NextDouble);
        for (var refusals = 0; ; refusals++)
        {
            try
            {
                return await CallOnceAsync<T>(method, arguments, cancellationToken);
            }
            catch (HubCallException exception) when (exception.MayPass && refusals < 8)
            {
                await Task.Delay(patience.Next(), time, cancellationToken);
            }
            catch (ConnectionLostException)
            {
                await Task.Delay(patience.Next(), time, cancellationToken);
            }
        }
    }

    /// <summary>Streams from the hub; ends with <see cref="ConnectionLostException"/> when the connection does.</summary>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        string method, object?[] arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        await using var items = _link.Connection.StreamAsyncCore<T>(method, arguments, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (HubException exception) when (!HubErrors.IsClosing(exception))
            {
                throw HubCallException.From(exception);
            }
            catch (Exception exception) when (HubErrors.IsLoss(exception, cancellationToken))
            {
                throw new ConnectionLostException(exception);
            }

            yield return items.Current;
        }
    }
}
