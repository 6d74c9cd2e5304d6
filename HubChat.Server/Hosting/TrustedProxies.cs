using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace HubChat.Server.Hosting;

/// <summary>
/// The proxies that are believed when they say where a request comes from (X-Forwarded-For) and whether it came by https
/// (X-Forwarded-Proto). Anybody can send these headers; what an address says that is not on the list is passed over.
/// </summary>
internal sealed class TrustedProxies : IValidateOptions<HostingOptions>
{
    public ValidateOptionsResult Validate(string? name, HostingOptions options)
    {
        var mistakes = options.TrustedProxies.Where(entry => !TryRead(entry, out _)).ToList();
        return mistakes.Count > 0
            ? ValidateOptionsResult.Fail(mistakes.Select(mistake =>
                $"{HostingOptions.Section}:TrustedProxies: \"{mistake}\" is neither an address (10.0.0.5, fd00::5) nor a network from its first address on "
                + "(10.0.0.0/24, fd00::/8; not all there are)."))
            : ValidateOptionsResult.Success;
    }

    /// <summary>Nothing where nobody is trusted: with an empty list the framework's part would believe everybody.</summary>
    public static void Use(WebApplication app, HostingOptions options)
    {
        if (options.TrustedProxies.Count == 0)
        {
            return;
        }

        // From the nearest proxy on, as long as the one who speaks is on the list: the last address before it is the client's.
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var entry in options.TrustedProxies)
        {
            forwarded.KnownIPNetworks.Add(TryRead(entry, out var network) ? network.Value : throw new InvalidOperationException("Not validated."));
        }

        app.UseForwardedHeaders(forwarded);
    }

    /// <summary>Strictly: what .NET takes for an address besides, such as 10.5 for 10.0.0.5, is more likely a slip.</summary>
    private static bool TryRead(string entry, [NotNullWhen(true)] out IPNetwork? network)
    {
        network = null;
        var text = entry.Split('/');
        if (text.Length > 2 || !IPAddress.TryParse(text[0], out var address) || !IsPlain(address, text[0]))
        {
            return false;
        }

        if (text.Length == 2)
        {
            network = IPNetwork.TryParse(entry, out var parsed) && parsed.PrefixLength > 0 && parsed.BaseAddress.Equals(address) ? parsed : null;
        }
        else
        {
            network = address.IsIPv4MappedToIPv6 ? new IPNetwork(address.MapToIPv4(), 32) : new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }

        return network is not null;
    }

    private static bool IsPlain(IPAddress address, string text) => address.AddressFamily is AddressFamily.InterNetwork
        ? address.ToString() == text
        : text.All(character => char.IsAsciiHexDigit(character) || character is ':' or '.');
}
