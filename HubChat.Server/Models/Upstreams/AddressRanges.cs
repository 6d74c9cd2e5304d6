using System.Net;
using System.Net.Sockets;

namespace HubChat.Server.Models.Upstreams;

/// <summary>
/// Sorts addresses by the special-purpose registries of IANA (RFC 6890 and its successors). Of IPv6 only global unicast is public, so
/// what is given out tomorrow is forbidden until somebody looks at it.
/// </summary>
internal static class AddressRanges
{
    private static readonly AddressRange[] Local = Parse(
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7");

    private static readonly AddressRange[] Forbidden =
    [
        .. Parse(
            "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "2001::/23", "2001:db8::/32", "3fff::/20"),
        // Clouds answer here with the credentials of the machine, although the ranges around are ordinary ones.
        .. Parse("100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128"),
    ];

    private static readonly AddressRange GlobalUnicast = AddressRange.Parse("2000::/3");

    /// <summary>IPv6 that stands for an IPv4 address, and the byte where that begins: compatible, mapped, translated, NAT64, 6to4.</summary>
    private static readonly (AddressRange Range, int Start)[] Embedding =
    [
        (AddressRange.Parse("::/96"), 12),
        (AddressRange.Parse("::ffff:0:0/96"), 12),
        (AddressRange.Parse("::ffff:0:0:0/96"), 12),
        (AddressRange.Parse("64:ff9b::/96"), 12),
        (AddressRange.Parse("2002::/16"), 2),
    ];

    public static AddressKind KindOf(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return Contains(Forbidden, bytes) ? AddressKind.Forbidden
            : Contains(Local, bytes) ? AddressKind.Local
            : address.AddressFamily == AddressFamily.InterNetwork ? AddressKind.Public
            : KindOfIPv6(bytes);
    }

    private static AddressKind KindOfIPv6(byte[] address)
    {
        foreach (var (range, start) in Embedding)
        {
            if (range.Contains(address))
            {
                // Nobody writes a local address like this unless to get past a list.
                var embedded = new IPAddress(address.AsSpan(start, 4));
                return KindOf(embedded) == AddressKind.Public ? AddressKind.Public : AddressKind.Forbidden;
            }
        }

        return GlobalUnicast.Contains(address) ? AddressKind.Public : AddressKind.Forbidden;
    }

    private static bool Contains(AddressRange[] ranges, byte[] address) => Array.Exists(ranges, range => range.Contains(address));

    private static AddressRange[] Parse(params string[] ranges) => [.. ranges.Select(AddressRange.Parse)];
}
