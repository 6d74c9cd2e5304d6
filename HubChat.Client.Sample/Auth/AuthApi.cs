using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using HubChat.Client.Sample.Contract;

namespace HubChat.Client.Sample.Auth;

/// <summary>Signing up, in and out: <c>docs/protocol/auth.md</c>.</summary>
internal sealed class AuthApi(HttpClient http, Uri server)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static string Device => $"hubchat on {Environment.MachineName}";

    public Task<SignedIn> SignUpAsync(
        string username, string email, string password, string? displayName, CancellationToken cancellationToken) =>
        SendAsync<SignedIn>(
            HttpMethod.Post, "signup", null, new SignUpRequest(username, email, password, displayName, Device), cancellationToken);

    public Task<SignedIn> LogInAsync(string username, string password, CancellationToken cancellationToken) =>
        SendAsync<SignedIn>(HttpMethod.Post, "login", null, new LogInRequest(username, password, Device), cancellationToken);

    public Task<User> MeAsync(string token, CancellationToken cancellationToken) =>
        SendAsync<User>(HttpMethod.Get, "me", token, null, cancellationToken);

    public async Task LogOutAsync(string token, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Post, "logout", token, null, cancellationToken);
    }

    public async Task DeleteMeAsync(string token, string password, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Delete, "me", token, new DeleteMeRequest(password), cancellationToken);
    }

    private async Task<T> SendAsync<T>(
        HttpMethod method, string path, string? token, object? body, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(method, path, token, body, cancellationToken);
        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(Json, cancellationToken) ?? throw new JsonException("null");
        }
        catch (JsonException exception)
        {
            throw new ClientException(ExitCode.Unreachable, $"{server} answers, but not like a HubChat server.", exception);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? token, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(server, $"/api/auth/{path}"));
        request.Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: Json);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new ClientException(ExitCode.Unreachable, $"The server {server} cannot be reached.", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ClientException(ExitCode.Unreachable, $"The server {server} does not answer.", exception);
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw new ClientException(ExitCode.Refused, await SentenceAsync(answer, cancellationToken));
        }
    }

    private static async Task<string> SentenceAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            try
            {
                var problem = await answer.Content.ReadFromJsonAsync<Problem>(Json, cancellationToken);
                if (!string.IsNullOrWhiteSpace(problem?.Detail))
                {
                    return answer.Headers.RetryAfter?.Delta is { } delay
                        ? $"{problem.Detail} Try again in {delay.TotalSeconds:0} s."
                        : problem.Detail;
                }
            }
            catch (JsonException)
            {
                // The status says enough.
            }
        }

        return answer.StatusCode == HttpStatusCode.Unauthorized
            ? "You are not signed in."
            : $"The server refused with status {(int)answer.StatusCode}.";
    }
}
