namespace HubChat.Client.Sample.Contract;

internal sealed record User(string Id, string Username, string DisplayName);

internal sealed record SignedIn(User User, string Token);

internal sealed record SignUpRequest(string Username, string Email, string Password, string? DisplayName, string Device);

internal sealed record LogInRequest(string Username, string Password, string Device);

internal sealed record DeleteMeRequest(string Password);

/// <summary>RFC 9457 problem details, as far as this client reads them.</summary>
internal sealed record Problem(string? Code = null, string? Detail = null);
