using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

/// <summary>A client of the REST doors that keeps no cookies and adds no headers by itself.</summary>
internal sealed class AuthClient(HubChatApp app) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = app.Address };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public Task<Answer> GetAsync(string path, string? token = null) => SendAsync(HttpMethod.Get, path, null, token);

    public Task<Answer> PostAsync(string path, object? body, string? token = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body), token, headers);

    public Task<Answer> PutTextAsync(string path, string body, string token) =>
        SendAsync(HttpMethod.Put, path, new StringContent(body, Encoding.UTF8, "application/json"), token);

    /// <summary>A body exactly as written.</summary>
    public Task<Answer> PostTextAsync(string path, string body, string contentType = "application/json", params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType)), null, headers);

    public Task<Answer> SignUpAsync(string userName, string? email = null, string password = TestUser.Password, string? setupToken = null) =>
        PostAsync("/api/auth/signup", new { username = userName, email = email ?? $"{userName}@example.org", password, setupToken });

    public Task<Answer> SignInAsync(string userName, string password = TestUser.Password, params (string Name, string Value)[] headers) =>
        PostAsync("/api/auth/login", new { username = userName, password }, null, headers);

    /// <summary>A new API key; gives its token.</summary>
    public async Task<string> NewKeyAsync(TestUser user, params string[] scopes) =>
        (await PostAsync("/api/auth/keys", new { name = "a program", scopes }, user.Token)).Token;

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, HttpContent? content, string? token = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _http.SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new Answer(
            response.StatusCode,
            isJson ? JsonElement.Parse(text) : default,
            response.Headers.Concat(response.Content.Headers).ToDictionary(
                header => header.Key, header => header.Value.ToArray(), StringComparer.OrdinalIgnoreCase));
    }

    public void Dispose() => _http.Dispose();
}
