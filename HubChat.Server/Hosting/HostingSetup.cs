using HubChat.Server.Diagnostics;
using HubChat.Server.Endpoints;
using HubChat.Server.Identity;
using HubChat.Server.Limits;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Hosting;

internal static class HostingSetup
{
    private static readonly TimeSpan HeadersWithin = TimeSpan.FromSeconds(30);

    public static IServiceCollection AddHosting(this IServiceCollection services)
    {
        services.AddOptions<HostingOptions>().BindConfiguration(HostingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HostingOptions>, HostingOptionsValidator>();
        services.AddSingleton<IValidateOptions<HostingOptions>, TrustedProxies>();
        services.AddSingleton<TimeProvider, WholeMicroseconds>();
        services.AddSingleton<ServerState>();
        services.AddSingleton<IHostLifetime, DrainingLifetime>();

        services.AddOptions<HostOptions>().Configure<IOptions<HostingOptions>>((host, options) => host.ShutdownTimeout = options.Value.StopWithin);
        services.AddSingleton<ConnectionLimit>();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<HostingOptions>, ConnectionLimit>((kestrel, options, connections) =>
        {
            kestrel.ConfigureEndpointDefaults(connections.Use);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.Value.MaxRequestBytes;
            kestrel.Limits.RequestHeadersTimeout = HeadersWithin;
        });
        services.AddOptions<CorsOptions>().Configure<IOptions<AccountOptions>>((cors, accounts) => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. accounts.Value.AllowedOrigins]).AllowAnyHeader().AllowAnyMethod().AllowCredentials()));
        services.AddCors();

        services.ConfigureHttpJsonOptions(options => WireJson.Configure(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddExceptionHandler<ProblemErrors>();
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            var problem = context.ProblemDetails;
            problem.Type = "about:blank";
            problem.Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(problem.Status ?? StatusCodes.Status500InternalServerError);
            var (code, detail) = ProblemErrors.Of(problem.Status);
            problem.Detail ??= detail;
            problem.Extensions.TryAdd("code", code);
            HubTelemetry.Refused("api", problem.Extensions["code"]?.ToString() ?? code);
            problem.Extensions.Remove("traceId");
            problem.Extensions["requestId"] = context.HttpContext.TraceIdentifier;
        });
        services.AddRequestLimits();
        services.AddOptions<MemoryOptions>().BindConfiguration(MemoryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MemoryOptions>, MemoryOptionsValidator>();
        services.AddSingleton<MemoryGate>();
        services.AddHostedService<SessionRelay>();
        return services;
    }

    public static void UseHosting(this WebApplication app)
    {
        // All mistakes at once, before anything takes its options one by one.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.LogSettingsMistakes();

        // Before everything that asks for the client's address or the scheme.
        TrustedProxies.Use(app, app.Services.GetRequiredService<IOptions<HostingOptions>>().Value);
        app.UseMiddleware<RequestLog>();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseMiddleware<BrowserSafety>();
        app.UseFileServer(new FileServerOptions
        {
            // Asked for anew each time, answered with 304: after an upgrade no browser mixes old modules with new ones.
            StaticFileOptions = { OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache" },
        });
        app.UseRouting();
        app.UseCors();
        app.UseMiddleware<HubGate>();
        app.UseRateLimiter();
        app.UseMiddleware<BodyLimit>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<BodyRefusal>();
        app.UseWebSockets();
    }
}
