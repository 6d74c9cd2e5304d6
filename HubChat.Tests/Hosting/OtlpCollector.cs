using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace HubChat.Tests.Hosting;

/// <summary>A collector that takes OTLP and keeps what it is sent, as it came: strings stand in it as UTF-8.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private const string Grpc = "application/grpc";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Body)> _received = new();

    private OtlpCollector(HttpProtocols protocol)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = protocol));
        _app = builder.Build();
        _app.MapPost("/{**path}", async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            _received.Enqueue((context.Request.Path, Encoding.UTF8.GetString(body.ToArray())));
            if (context.Request.ContentType == Grpc)
            {
                // One empty message, and that it went well.
                context.Response.ContentType = Grpc;
                context.Response.AppendTrailer("grpc-status", "0");
                await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
                return;
            }

            context.Response.ContentType = "application/x-protobuf";
        });
    }

    public string Address => _app.Urls.Single();

    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="protocol">Without TLS it is one of them: version 2 for gRPC.</param>
    public static async Task<OtlpCollector> StartAsync(CancellationToken cancellationToken, HttpProtocols protocol = HttpProtocols.Http1)
    {
        var collector = new OtlpCollector(protocol);
        await collector._app.StartAsync(cancellationToken);
        return collector;
    }

    /// <summary>All that came to an address.</summary>
    public string At(string path) => string.Concat(_received.Where(received => received.Path == path).Select(received => received.Body));

    public bool HasOnly(params string[] paths) => _received.All(received => paths.Contains(received.Path));

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
