using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

public sealed class ApiAuthorizationMatrixTests(ApiWorld world) : IClassFixture<ApiWorld>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, ApiRole> Requests
    {
        get
        {
            var requests = new TheoryData<string, ApiRole>();
            foreach (var row in ApiOperations.All)
            {
                // Routes without an id have no stranger: the user is whoever asks.
                foreach (var role in Enum.GetValues<ApiRole>().Where(role => role is not ApiRole.Stranger || row.Pattern.Contains('{')))
                {
                    requests.Add(row.Route, role);
                }
            }

            return requests;
        }
    }

    [Fact]
    public void Every_route_has_a_row()
    {
        world.App.Start();
        var routes = world.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(route => (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"])
                .Select(method => $"{method} /{route.RoutePattern.RawText!.Trim('/')}"))
            .Where(route => route.Contains(" /api/", StringComparison.Ordinal) || route.EndsWith(" /limits", StringComparison.Ordinal));

        Assert.Equal(routes.Order(), ApiOperations.All.Select(row => row.Route).Order());
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_is_answered_as_the_table_says(string route, ApiRole role)
    {
        var row = ApiOperations.All.Single(row => row.Route == route);
        var user = await world.NewUserAsync();
        var id = row.Pattern.Contains('{') ? await world.IdForAsync(row, user) : "";
        using var http = await world.ClientAsync(role, user);
        var before = await world.StateOfAsync(user);

        var (status, body) = await SendAsync(http, row, id);

        Assert.Equal(row.For(role), status);
        if (row.For(role) == row.Success)
        {
            return;
        }

        Assert.Equal(before, await world.StateOfAsync(user));
        Assert.Equal(CodeFor(status), body.GetProperty("code").GetString());
        if (row.For(role) is HttpStatusCode.NotFound && id.Length > 0)
        {
            var (_, missing) = await SendAsync(http, row, Guid.CreateVersion7().ToString());
            Assert.Equal(missing.GetProperty("detail").GetString(), body.GetProperty("detail").GetString());
        }
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpClient http, ApiOperation row, string id)
    {
        using var request = new HttpRequestMessage(row.Method, row.Pattern.Replace("{id:guid}", id, StringComparison.Ordinal))
        {
            Content = row.Body is { } body ? JsonContent.Create(body()) : null,
        };
        using var response = await http.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        return (response.StatusCode, text.Length > 0 ? JsonElement.Parse(text) : default);
    }

    private static string CodeFor(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => "not_signed_in",
        HttpStatusCode.Forbidden => "forbidden",
        _ => "not_found",
    };
}
