using System.Collections.Concurrent;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace HubChat.Tests.Page;

/// <summary>A person in front of the page, with a browser profile of their own, who notices everything that goes wrong in it.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    // Runs before the page's own scripts: violations are events, which nobody would see otherwise.
    private const string Witness = """
        window.violations = [];
        document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
        """;

    private readonly Uri _address;
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = [];

    private Visitor(string name, Uri address, IBrowserContext context, IPage page)
    {
        Name = name;
        Page = page;
        _address = address;
        _context = context;
    }

    public string Name { get; }

    public IPage Page { get; }

    /// <summary>Whether lost connections are part of the test; whatever else is in the console stays a complaint.</summary>
    public bool LosesConnections { get; set; }

    public ILocator Messages => By("message");

    public ILocator Replies => Page.Locator("[data-testid=message][data-role=assistant]");

    public ILocator Texts => TextOf(Messages);

    public ILocator By(string testId) => Page.GetByTestId(testId);

    public static async Task<Visitor> OpenAsync(Chromium chromium, Uri address, string name, BrowserNewContextOptions? options = null)
    {
        var context = await chromium.Browser.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1280, Height = 800 } });
        context.SetDefaultTimeout(60_000);
        await context.AddInitScriptAsync(Witness);
        var visitor = new Visitor($"{name}-{Guid.NewGuid().ToString("N")[..8]}", address, context, await context.NewPageAsync());
        visitor.Listen();
        await visitor.Page.GotoAsync(address.ToString());
        return visitor;
    }

    public static async Task<Visitor> SignedUpAsync(Chromium chromium, Uri address, string name, BrowserNewContextOptions? options = null)
    {
        var visitor = await OpenAsync(chromium, address, name, options);
        await visitor.SignUpAsync();
        return visitor;
    }

    public async Task SignUpAsync()
    {
        await By("toggle-auth").ClickAsync();
        await Expect(By("signup-form")).ToBeVisibleAsync();
        await By("username").FillAsync(Name);
        await By("email").FillAsync($"{Name}@example.org");
        await By("password").FillAsync("correct horse battery");
        await By("submit").ClickAsync();
        await ExpectLiveAsync();
    }

    public Task ExpectLiveAsync() =>
        Expect(By("connection-state")).ToHaveAttributeAsync("data-state", "live");

    public async Task CreateChatAsync()
    {
        await By("new-chat").ClickAsync();
        await Expect(By("composer")).ToBeEnabledAsync();
    }

    public async Task InviteAsync(Visitor other)
    {
        await By("invite-input").FillAsync(other.Name);
        await By("invite-submit").ClickAsync();
        await Expect(By("participant")).ToHaveCountAsync(2);
    }

    public async Task OpenChatAsync()
    {
        await By("chat-item").First.ClickAsync();
        await Expect(By("composer")).ToBeEnabledAsync();
    }

    public async Task SendAsync(string text)
    {
        await By("composer").FillAsync(text);
        await By("send").ClickAsync();
    }

    public static ILocator TextOf(ILocator message) => message.GetByTestId("message-text");

    /// <summary>Waits until the last reply shows at least so much text, and gives what it shows.</summary>
    public async Task<string> ReadAsync(int atLeast)
    {
        var element = TextOf(Replies.Last);
        var read = "";
        await Eventually.HoldsAsync(
            async () => (read = await element.TextContentAsync() ?? "").Length >= atLeast,
            TestContext.Current.CancellationToken, TimeSpan.FromSeconds(60), $"{Name} reads {atLeast} characters");
        return read;
    }

    public async Task<string> ReadToTheEndAsync(string state = "done")
    {
        await Expect(Replies.Last).ToHaveAttributeAsync("data-state", state, new() { Timeout = 120_000 });
        return await TextOf(Replies.Last).TextContentAsync() ?? "";
    }

    /// <summary>Nothing in the console, no violation, nothing asked of another server.</summary>
    public async Task AssertNothingWentWrongAsync()
    {
        Assert.Empty(await Page.EvaluateAsync<string[]>("window.violations"));
        Assert.Empty(_complaints);
    }

    /// <summary>For people to look at: <c>artifacts/test/page</c> keeps those of the last run.</summary>
    public Task ScreenshotAsync(string name) =>
        Page.ScreenshotAsync(new() { Path = Path.Combine(RepositoryFolder.Path, "artifacts", "test", "page", $"{name}.png") });

    public async ValueTask DisposeAsync() => await _context.CloseAsync();

    private void Listen()
    {
        Page.PageError += (_, error) => _complaints.Enqueue($"error: {error}");
        Page.Dialog += (_, dialog) =>
        {
            _complaints.Enqueue($"dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
        Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !IsExpected(message.Text, message.Location))
            {
                _complaints.Enqueue($"{message.Type}: {message.Text} {message.Location}");
            }
        };
        Page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("data:", StringComparison.Ordinal) && new Uri(request.Url).Authority != _address.Authority)
            {
                _complaints.Enqueue($"foreign request: {request.Url}");
            }
        };
    }

    /// <summary>The browser itself reports every 401, also the one that only says that nobody is signed in yet.</summary>
    private bool IsExpected(string text, string location) =>
        (text.Contains("401", StringComparison.Ordinal) && location.Contains("/api/auth/me", StringComparison.Ordinal))
        || (LosesConnections && (text.Contains("net::ERR_", StringComparison.Ordinal) || text.Contains("WebSocket", StringComparison.Ordinal)));
}
