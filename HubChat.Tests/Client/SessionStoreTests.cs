using HubChat.Client.Sample;
using HubChat.Client.Sample.Auth;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class SessionStoreTests : IDisposable
{
    private static readonly Uri Server = new("http://one:5080");
    private static readonly StoredSession Ada = new("token-1", "u1", "ada", "Ada");

    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("hubchat-").FullName, "hubchat");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void Session_is_found_again_at_its_own_server_only()
    {
        new SessionStore(_folder).Save(Server, Ada);

        Assert.Equal(Ada, new SessionStore(_folder).Find(Server));
        Assert.Equal(Ada, new SessionStore(_folder).Find(new Uri("http://one:5080/anything")));
        Assert.Null(new SessionStore(_folder).Find(new Uri("http://two:5080")));
        Assert.Null(new SessionStore(_folder).Find(new Uri("http://one:5081")));
    }

    [Fact]
    public void Removed_session_leaves_those_of_other_servers()
    {
        var store = new SessionStore(_folder);
        store.Save(Server, Ada);
        store.Save(new Uri("https://two"), Ada with { Token = "token-2" });

        store.Remove(Server);

        Assert.Null(store.Find(Server));
        Assert.Equal("token-2", store.Find(new Uri("https://two"))!.Token);
    }

    [Fact]
    public void Only_the_owner_can_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no file modes on Windows.");
        var store = new SessionStore(_folder);

        store.Save(Server, Ada);

        Assert.Equal("0600", Mode(store.Path));
        Assert.Equal("0700", Mode(_folder));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Broken_file_is_a_sentence()
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(Path.Combine(_folder, "session.json"), "{ not json");

        Assert.Contains("session.json", Assert.Throws<ClientException>(() => new SessionStore(_folder).Find(Server)).Message, StringComparison.Ordinal);
    }

    private static string Mode(string path) =>
        OperatingSystem.IsWindows() ? "" : "0" + Convert.ToString((int)File.GetUnixFileMode(path), 8);
}
