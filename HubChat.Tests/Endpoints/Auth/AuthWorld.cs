using HubChat.Tests.App;
using Xunit;

namespace HubChat.Tests.Endpoints.Auth;

/// <summary>A server for the tests of one class, which tell their people apart by name.</summary>
public sealed class AuthWorld : IAsyncLifetime
{
    private int _names;
    private AuthClient? _client;

    internal HubChatApp App { get; } = new();

    internal AuthClient Client => _client!;

    public ValueTask InitializeAsync()
    {
        _client = new AuthClient(App);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return App.DisposeAsync();
    }

    /// <summary>A name that nobody has yet.</summary>
    internal string NewName() => $"person-{Interlocked.Increment(ref _names)}";

    internal Task<TestUser> NewUserAsync() => App.SignUpAsync(NewName(), TestContext.Current.CancellationToken);
}
