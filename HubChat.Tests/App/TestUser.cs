using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace HubChat.Tests.App;

/// <summary>A person with an account, at any server.</summary>
internal sealed class TestUser(Uri address, string userName, string id, string token)
{
    public const string Password = "correct horse battery";

    public Uri Address => address;

    public string UserName => userName;

    public string Id => id;

    public string Token { get; set; } = token;

    public static async Task<TestUser> SignUpAsync(Uri address, string userName, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = address };
        using var response = await http.PostAsJsonAsync(
            "/api/auth/signup", new { username = userName, email = $"{userName}@example.org", password = Password }, cancellationToken);
        response.EnsureSuccessStatusCode();
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return new TestUser(
            address, userName, body.GetProperty("user").GetProperty("id").GetString()!, body.GetProperty("token").GetString()!);
    }

    /// <summary>The same person with the same token at another node.</summary>
    public TestUser At(Uri node) => new(node, UserName, Id, Token);

    /// <summary>An HTTP client that is signed in as this person.</summary>
    public HttpClient Http()
    {
        var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return http;
    }

    /// <summary>A new hub connection.</summary>
    public Task<TestConnection> ConnectAsync(CancellationToken cancellationToken) =>
        TestConnection.OpenAsync(new Uri(address, "/hubs/chat"), () => Token, cancellationToken);
}
