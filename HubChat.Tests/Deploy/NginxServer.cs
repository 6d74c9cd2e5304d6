using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace HubChat.Tests.Deploy;

/// <summary>
/// An nginx of the test's own with deploy/nginx.conf: on loopback, on ports of its own, in a folder of its own. The file is the one that ships,
/// with its placeholders filled in, and a port without TLS beside the one with it, because a WebSocket of .NET trusts no certificate of a test.
/// </summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("hubchat-nginx-").FullName;
    private readonly X509Certificate2 _certificate = NewCertificate();
    private readonly Process _process;

    private NginxServer(string program, Uri first, Uri second, Func<string, string> change)
    {
        var (redirect, tls, plain) = (FreePort(), FreePort(), FreePort());
        (Address, TlsAddress, RedirectAddress) = (At("http", plain), At("https", tls), At("http", redirect));
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), _certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "key.pem"), _certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var shipped = File.ReadAllText(Path.Combine(RepositoryFolder.Path, "deploy", "nginx.conf"));
        (string From, string To)[] filled =
        [
            ("127.0.0.1:5081", first.Authority),
            ("127.0.0.1:5082", second.Authority),
            ("listen 80;", $"listen 127.0.0.1:{redirect};"),
            ("listen [::]:80;", ""),
            ("listen 443 ssl http2;", $"listen 127.0.0.1:{tls} ssl http2; listen 127.0.0.1:{plain};"),
            ("listen [::]:443 ssl http2;", ""),
            ("/etc/ssl/hubchat/fullchain.pem", $"{_folder}/cert.pem"),
            ("/etc/ssl/hubchat/privkey.pem", $"{_folder}/key.pem"),
            ("/var/log/nginx/hubchat.log", $"{_folder}/access.log"),
        ];
        foreach (var (from, to) in filled)
        {
            Assert.Contains(from, shipped, StringComparison.Ordinal);
            shipped = shipped.Replace(from, to, StringComparison.Ordinal);
        }

        File.WriteAllText(Path.Combine(_folder, "hubchat.conf"), change(shipped));
        File.WriteAllText(Path.Combine(_folder, "nginx.conf"), $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            daemon off;
            master_process off;
            pid {{_folder}}/nginx.pid;
            error_log {{_folder}}/error.log info;
            events { worker_connections 1024; }
            http {
                client_body_temp_path {{_folder}}/body;
                proxy_temp_path {{_folder}}/proxy;
                fastcgi_temp_path {{_folder}}/fastcgi;
                uwsgi_temp_path {{_folder}}/uwsgi;
                scgi_temp_path {{_folder}}/scgi;
                include {{_folder}}/hubchat.conf;
            }
            """);
        _process = Process.Start(new ProcessStartInfo(program, ["-p", _folder, "-e", $"{_folder}/error.log", "-c", $"{_folder}/nginx.conf"]))
            ?? throw new InvalidOperationException("nginx did not start.");
    }

    public Uri Address { get; }

    public Uri TlsAddress { get; }

    public Uri RedirectAddress { get; }

    public string AccessLog => Read("access.log");

    public string ErrorLog => Read("error.log");

    public static async Task<NginxServer> StartAsync(Uri first, Uri second, CancellationToken cancellationToken, Func<string, string>? change = null)
    {
        var server = new NginxServer(Tool.Find("nginx"), first, second, change ?? (shipped => shipped));
        try
        {
            await Eventually.HoldsAsync(server.IsReadyAsync, cancellationToken, ReadyWithin);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client that keeps nothing, trusts the test's certificate and calls from an address of this machine.</summary>
    public HttpClient Client(Uri? address = null, string from = "127.0.0.1") => new(new SocketsHttpHandler
    {
        UseCookies = false,
        MaxConnectionsPerServer = 50,
        AllowAutoRedirect = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == _certificate.GetCertHashString() },
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            await socket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = address ?? Address,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Uri At(string scheme, int port) => new($"{scheme}://127.0.0.1:{port}");

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        return new CertificateRequest("CN=chat.example.org", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Read(string file) => File.Exists(Path.Combine(_folder, file)) ? File.ReadAllText(Path.Combine(_folder, file)) : "";

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(_process.HasExited, $"nginx ended.\n{ErrorLog}");
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
