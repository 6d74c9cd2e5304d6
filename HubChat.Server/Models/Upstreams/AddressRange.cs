using System.Net;

namespace HubChat.Server.Models.Upstreams;

/// <summary>
/// A range of addresses in CIDR notation, compared bit by bit. <see cref="IPNetwork"/> will not do: it sees IPv4 in an IPv6 address that
/// maps it, and then finds that in ranges of IPv6.
/// </summary>
internal sealed class AddressRange
{
    private readonly byte[] _start;
    private readonly int _length;

    private AddressRange(byte[] start, int length)
    {
        _start = start;
        _length = length;
    }

    public static AddressRange Parse(string range)
    {
        var network = IPNetwork.Parse(range);
        return new AddressRange(network.BaseAddress.GetAddressBytes(), network.PrefixLength);
    }

    public bool Contains(ReadOnlySpan<byte> address)
    {
        var whole = _length / 8;
        var rest = _length % 8;
        return address.Length == _start.Length
            && address[..whole].SequenceEqual(_start.AsSpan(0, whole))
            && (rest == 0 || (address[whole] ^ _start[whole]) >> (8 - rest) == 0);
    }
}
