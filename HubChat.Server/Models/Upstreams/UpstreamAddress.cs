using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace HubChat.Server.Models.Upstreams;

/// <summary>
/// The base address of a model's server, as the operator wrote it. It must be written plainly: an address that is read as another one
/// than it looks like has no honest use.
/// </summary>
internal sealed partial class UpstreamAddress
{
    private const int MaxLength = 500;

    private UpstreamAddress(Uri uri, string host, IPAddress? literal)
    {
        Uri = uri;
        Host = host;
        IsLocal = literal is null ? host == "localhost" : AddressRanges.KindOf(literal) == AddressKind.Local;
    }

    /// <summary>Scheme, host, port and path, without a slash at the end of the path.</summary>
    public Uri Uri { get; }

    /// <summary>In lower case; IPv6 without its brackets.</summary>
    public string Host { get; }

    public int Port => Uri.Port;

    /// <summary>
    /// Whether it names this machine or the operator's own network literally. Having written that down is the operator's consent, for
    /// exactly this host and port.
    /// </summary>
    public bool IsLocal { get; }

    /// <param name="text">What the operator wrote.</param>
    /// <param name="address">The address; null when it cannot be used.</param>
    /// <param name="mistake">Why it cannot be used: a sentence for the operator. It does not repeat what may hold a password.</param>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out UpstreamAddress? address, [NotNullWhen(false)] out string? mistake)
    {
        address = null;
        mistake = MistakeIn(text, out var parts);
        if (mistake is not null)
        {
            return false;
        }

        var written = parts.Groups["host"].Value.ToLowerInvariant();
        var host = written.Trim('[', ']');
        if (!TryReadHost(host, written != host, out var literal, out mistake))
        {
            return false;
        }

        var path = parts.Groups["path"].Value.TrimEnd('/');
        var plain = $"{parts.Groups["scheme"].Value.ToLowerInvariant()}://{written}{parts.Groups["port"].Value}{path}";
        // The last word has the parser that the connection will use: whatever it would change is refused.
        if (!Uri.TryCreate(plain, UriKind.Absolute, out var uri) || uri.IdnHost != host || uri.AbsolutePath.TrimEnd('/') != path)
        {
            mistake = "The address is not written plainly: it would be read as another one.";
            return false;
        }

        address = new UpstreamAddress(uri, host, literal);
        return true;
    }

    /// <summary>An address below this one.</summary>
    public Uri At(string path) => new($"{this}/{path}");

    public override string ToString() => Uri.AbsoluteUri.TrimEnd('/');

    private static string? MistakeIn(string? text, out Match parts)
    {
        parts = Match.Empty;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength)
        {
            return $"The address must have 1 to {MaxLength} characters.";
        }

        if (text.Contains('@', StringComparison.Ordinal))
        {
            return "The address must not hold a user name or a password: the key has its own setting.";
        }

        if (text.AsSpan().ContainsAny('?', '#'))
        {
            return "The address must not have a query or a fragment.";
        }

        parts = Parts().Match(text);
        return parts.Success
            ? null
            : "The address must be http:// or https://, a plain host, perhaps a port and perhaps a plain path.";
    }

    private static bool TryReadHost(string host, bool isBracketed, out IPAddress? literal, [NotNullWhen(false)] out string? mistake)
    {
        mistake = null;
        literal = null;
        if (isBracketed || NumericEnd().IsMatch(host))
        {
            if (!IPAddress.TryParse(host, out literal) || Spelling(literal) != host)
            {
                mistake = "The host is a number that is not written plainly: write 127.0.0.1 or [::1].";
                return false;
            }

            if (AddressRanges.KindOf(literal) == AddressKind.Forbidden || literal.IsIPv4MappedToIPv6)
            {
                mistake = "The host is an address that models never run on: a metadata service, a reserved range, or IPv4 inside of IPv6.";
                return false;
            }

            return true;
        }

        if (!Name().IsMatch(host))
        {
            mistake = "The host is not a plain name.";
            return false;
        }

        return true;
    }

    private static string Spelling(IPAddress literal) => literal.ToString().ToLower(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(?<scheme>https?)://(?<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?<port>:[1-9][0-9]{0,4})?(?<path>(/[a-z0-9._~-]+)*)/?\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Parts();

    // What is read as a number, of whatever base, when it stands at the end of a host.
    [GeneratedRegex(@"(\A|\.)(\d+|0x[0-9a-f]*)\.?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NumericEnd();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
