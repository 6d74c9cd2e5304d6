using System.Net;

namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>One row of the REST doors' matrix.</summary>
/// <param name="Route">Method and pattern, as the server knows them.</param>
/// <param name="Success">What the answer is when it is allowed.</param>
/// <param name="Body">A body that does something, if it is allowed.</param>
/// <param name="Refused">Who is refused, and how.</param>
internal sealed record ApiOperation(
    string Route, HttpStatusCode Success, Func<object>? Body = null, params (ApiRole Role, HttpStatusCode Status)[] Refused)
{
    public HttpMethod Method => new(Route.Split(' ')[0]);

    public string Pattern => Route.Split(' ')[1];

    public HttpStatusCode For(ApiRole role) =>
        Refused.Where(refused => refused.Role == role).Select(refused => (HttpStatusCode?)refused.Status).SingleOrDefault() ?? Success;
}
