using System.Net;
using System.Net.Sockets;

namespace HubChat.Server.Models.Upstreams;

/// <summary>
/// Opens the connections to one upstream, and to nothing else. It looks at the addresses that are connected to, after the name was
/// resolved: a name that points elsewhere tomorrow is looked at again tomorrow (docs: OWASP, Server-Side Request Forgery Prevention).
/// </summary>
/// <param name="upstream">The only host and port there is.</param>
/// <param name="allowLocal">Whether a name may resolve to the operator's own network; a local address written literally always may.</param>
/// <param name="resolve">How names are resolved; null means the system's way.</param>
internal sealed class AddressGuard(
    UpstreamAddress upstream, bool allowLocal = false, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;
    private readonly bool _allowLocal = allowLocal || upstream.IsLocal;

    public ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        ConnectAsync(context.DnsEndPoint, cancellationToken);

    /// <exception cref="ModelException">model_unavailable: it is not the upstream, or none of its addresses is allowed.</exception>
    public async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken cancellationToken)
    {
        if (target.Host != upstream.Host || target.Port != upstream.Port)
        {
            throw Refused("A connection to another host than the configured one was refused.");
        }

        var addresses = IPAddress.TryParse(target.Host, out var literal) ? [literal] : await _resolve(target.Host, cancellationToken);
        var allowed = addresses.Where(IsAllowed).ToList();
        if (allowed.Count == 0)
        {
            throw Refused(addresses.Length == 0
                ? $"The host {upstream.Host} has no address."
                : $"The host {upstream.Host} resolves only to addresses that are not allowed.");
        }

        return await ConnectAsync(allowed, target.Port, cancellationToken);
    }

    public bool IsAllowed(IPAddress address) => AddressRanges.KindOf(address) switch
    {
        AddressKind.Public => true,
        AddressKind.Local => _allowLocal,
        _ => false,
    };

    private static async Task<Stream> ConnectAsync(List<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        for (var next = 0; ; next++)
        {
            var socket = new Socket(addresses[next].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(addresses[next], port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (next + 1 < addresses.Count)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static ModelException Refused(string message) => new(ModelException.Unavailable, message);
}
