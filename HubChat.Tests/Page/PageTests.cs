using HubChat.Tests.Faults;
using HubChat.Tests.Models.Fakes;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace HubChat.Tests.Page;

/// <summary>People in front of the page, in real browsers, on a real server.</summary>
public sealed class PageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string FirstVisible = """
        () => [...document.querySelectorAll('[data-testid=message-text]')]
          .find((text) => text.getBoundingClientRect().top >= document.querySelector('.scroller').getBoundingClientRect().top).textContent.trim()
        """;

    private const string Question = "@assistant Tell me about the harbour, in several paragraphs, with a list and a table.";

    [Fact]
    public async Task Two_people_see_the_same_reply_grow_live()
    {
        await using var server = await StartServerAsync();
        var (ada, bob) = await ChatBetweenAsync(server.Address, server.Address);
        await using var _ = ada;
        await using var __ = bob;

        await bob.SendAsync("Good morning");
        await Expect(Visitor.TextOf(ada.Messages.Last)).ToHaveTextAsync("Good morning");

        await ada.SendAsync(Question);
        var early = await bob.ReadAsync(atLeast: 5);
        await Expect(bob.Replies.Last).ToHaveAttributeAsync("data-state", "running");
        await bob.ReadAsync(atLeast: early.Length + 5);

        var seenByAda = await ada.ReadToTheEndAsync();
        var seenByBob = await bob.ReadToTheEndAsync();
        Assert.Equal(seenByAda, seenByBob);
        Assert.NotEmpty(seenByAda);
        Assert.Equal(await ada.Texts.AllTextContentsAsync(), await bob.Texts.AllTextContentsAsync());
        await bob.ScreenshotAsync("two-people");

        await ada.AssertNothingWentWrongAsync();
        await bob.AssertNothingWentWrongAsync();
    }

    [Theory]
    [InlineData("ServerSentEvents")]
    [InlineData("LongPolling")]
    public async Task Page_could_do_without_WebSockets(string transport)
    {
        await using var server = await StartServerAsync();
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada");
        await ada.CreateChatAsync();

        var chats = await ada.Page.EvaluateAsync<int>(
            """
            async (transport) => {
              const connection = new signalR.HubConnectionBuilder().withUrl('/hubs/chat', { transport: signalR.HttpTransportType[transport] }).build();
              await connection.start();
              const { chats } = await connection.invoke('ListChats', {});
              await connection.stop();
              return chats.length;
            }
            """,
            transport);

        Assert.Equal(1, chats);
    }

    [Fact]
    public async Task Stop_ends_the_reply_for_everybody_and_keeps_its_text()
    {
        await using var server = await StartServerAsync();
        var (ada, bob) = await ChatBetweenAsync(server.Address, server.Address);
        await using var _ = ada;
        await using var __ = bob;

        await ada.SendAsync(Question);
        await ada.ReadAsync(atLeast: 5);
        await Expect(bob.By("stop")).ToBeHiddenAsync();
        await ada.By("stop").ClickAsync();

        var seenByAda = await ada.ReadToTheEndAsync("stopped");
        Assert.Equal(seenByAda, await bob.ReadToTheEndAsync("stopped"));
        Assert.True(seenByAda.Length >= 5);
        await Expect(ada.By("stop")).ToBeHiddenAsync();
        await Expect(ada.By("continue")).ToBeVisibleAsync();

        await ada.AssertNothingWentWrongAsync();
        await bob.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task Reload_in_mid_answer_goes_on_in_the_same_chat()
    {
        await using var server = await StartServerAsync();
        var (ada, bob) = await ChatBetweenAsync(server.Address, server.Address);
        await using var _ = ada;
        await using var __ = bob;

        await ada.SendAsync(Question);
        await bob.ReadAsync(atLeast: 5);
        await bob.Page.ReloadAsync();

        var seenByBob = await bob.ReadToTheEndAsync();
        Assert.Equal(await ada.ReadToTheEndAsync(), seenByBob);

        await ada.AssertNothingWentWrongAsync();
        await bob.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task Sockets_cut_in_mid_answer_lose_and_double_nothing()
    {
        await using var server = await StartServerAsync();
        await using var line = FaultProxy.Start(server.Address);
        var (ada, bob) = await ChatBetweenAsync(server.Address, line.Address);
        await using var _ = ada;
        await using var __ = bob;
        bob.LosesConnections = true;

        var seed = Environment.TickCount;
        var random = new Random(seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");

        await ada.SendAsync(Question);
        await bob.ReadAsync(atLeast: 1);
        for (var cut = 0; cut < 20 && await bob.Replies.Last.GetAttributeAsync("data-state") is not "done"; cut++)
        {
            await bob.ExpectLiveAsync();
            await Task.Delay(random.Next(400), TestContext.Current.CancellationToken);
            line.Reset();
        }

        // What is written while the line is down is not lost either.
        line.Reset();
        await Expect(bob.By("connection-state")).Not.ToHaveAttributeAsync("data-state", "live");
        await bob.SendAsync("Written without a connection");
        await Expect(ada.Texts.GetByText("Written without a connection")).ToHaveCountAsync(1);

        Assert.Equal(await ada.ReadToTheEndAsync(), await bob.ReadToTheEndAsync());
        await Expect(bob.Messages.Last).ToHaveAttributeAsync("data-state", "done");
        Assert.Equal(await ada.Texts.AllTextContentsAsync(), await bob.Texts.AllTextContentsAsync());
        await ada.AssertNothingWentWrongAsync();
        await bob.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task A_server_that_dies_in_mid_answer_is_found_again_and_the_reply_ends()
    {
        await using var server = await StartServerAsync();
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada");
        await ada.CreateChatAsync();
        ada.LosesConnections = true;

        await ada.SendAsync(Question);
        await ada.ReadAsync(atLeast: 20);
        server.Kill();
        await Expect(ada.By("connection-state")).Not.ToHaveAttributeAsync("data-state", "live");
        await ada.SendAsync("Said to nobody");
        await Expect(ada.Messages.Last).ToHaveAttributeAsync("data-state", "sending");
        await server.RestartAsync(TestContext.Current.CancellationToken);

        await ada.ExpectLiveAsync();
        await Expect(ada.Page.Locator("[data-live]")).ToHaveCountAsync(0, new() { Timeout = 120_000 });
        await Expect(ada.Page.Locator("[data-role=user]").GetByText("Said to nobody", new() { Exact = true })).ToHaveCountAsync(1);
        var shown = await ada.Texts.AllTextContentsAsync();
        await ada.Page.ReloadAsync();
        await Expect(ada.Messages).ToHaveCountAsync(shown.Count);
        Assert.Equal(shown, await ada.Texts.AllTextContentsAsync());
        await ada.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task Hostile_texts_run_nothing_and_ask_nothing_of_other_servers()
    {
        await using var server = await StartServerAsync();
        var (ada, bob) = await ChatBetweenAsync(server.Address, server.Address);
        await using var _ = ada;
        await using var __ = bob;

        for (var i = 0; i < HostileTexts.All.Length; i++)
        {
            await ada.SendAsync(HostileTexts.All[i]);
            await Expect(bob.Messages).ToHaveCountAsync(i + 1);
        }

        await ada.By("rename").ClickAsync();
        await ada.By("title-input").FillAsync("<img src=x onerror=window.ran=99>");
        await ada.By("title-input").PressAsync("Enter");
        await Expect(bob.By("chat-title")).ToHaveTextAsync("<img src=x onerror=window.ran=99>");

        foreach (var visitor in new[] { ada, bob })
        {
            await Expect(visitor.Messages).ToHaveCountAsync(HostileTexts.All.Length);
            await Expect(visitor.Page.Locator("[data-testid=message-text] :is(script, img, svg, iframe, object, embed, form, style, link, base, meta, video, audio)")).ToHaveCountAsync(0);
            var links = await visitor.Texts.Locator("a").EvaluateAllAsync<string[]>("(links) => links.map((link) => link.protocol)");
            Assert.All(links, protocol => Assert.Matches("^(https?|mailto):$", protocol));
            await visitor.Page.Mouse.MoveAsync(600, 400);
            Assert.True(await visitor.Page.EvaluateAsync<bool>("window.ran === undefined"));
            await visitor.AssertNothingWentWrongAsync();
        }
    }

    [Fact]
    public async Task Versions_of_a_question_and_of_a_reply_can_be_looked_at()
    {
        await using var server = await StartServerAsync();
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada");
        await ada.CreateChatAsync();

        await ada.SendAsync("First question");
        await ada.ReadToTheEndAsync();
        await ada.Replies.Last.HoverAsync();
        await ada.Replies.Last.GetByTestId("regenerate").ClickAsync();
        await Expect(ada.Replies.Last.Locator(".place")).ToHaveTextAsync("2/2");
        await ada.ReadToTheEndAsync();

        var question = ada.Messages.First;
        await question.HoverAsync();
        await question.GetByTestId("edit").ClickAsync();
        await ada.By("edit-input").FillAsync("Second question");
        await ada.By("edit-save").ClickAsync();
        await Expect(Visitor.TextOf(ada.Messages.First)).ToHaveTextAsync("Second question");
        await ada.ReadToTheEndAsync();

        await ada.Messages.First.GetByTestId("sibling-prev").ClickAsync();
        await Expect(Visitor.TextOf(ada.Messages.First)).ToHaveTextAsync("First question");
        await Expect(ada.Replies.Last.Locator(".place")).ToHaveTextAsync("2/2");
        await ada.Messages.First.GetByTestId("sibling-next").ClickAsync();
        await Expect(Visitor.TextOf(ada.Messages.First)).ToHaveTextAsync("Second question");

        await ada.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task The_list_counts_what_is_unread_and_people_come_and_go()
    {
        await using var server = await StartServerAsync();
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada");
        await using var bob = await Visitor.SignedUpAsync(chromium, server.Address, "bob");
        await ada.CreateChatAsync();
        await ada.InviteAsync(bob);
        var bobsRow = ada.Page.Locator("[data-testid=participant]").Filter(new() { HasText = bob.Name });
        await Expect(bobsRow).ToHaveAttributeAsync("data-online", "false");

        await ada.SendAsync("one");
        await ada.SendAsync("two");
        await Expect(bob.By("unread")).ToHaveTextAsync("2");
        await bob.OpenChatAsync();
        await Expect(bob.Messages).ToHaveCountAsync(2);
        await Expect(bob.By("unread")).ToBeHiddenAsync();
        await Expect(bobsRow).ToHaveAttributeAsync("data-online", "true");

        await bob.By("composer").PressSequentiallyAsync("I am");
        await Expect(ada.By("typing")).ToContainTextAsync("typing");
        await bob.By("composer").FillAsync("");
        await Expect(ada.By("typing")).ToHaveTextAsync("");

        await ada.By("remove-participant").ClickAsync();
        await Expect(bob.By("chat-item")).ToHaveCountAsync(0);
        await Expect(bob.By("notice")).ToContainTextAsync("no longer");
        await Expect(ada.By("participant")).ToHaveCountAsync(1);

        await ada.AssertNothingWentWrongAsync();
        await bob.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task Older_messages_come_without_moving_the_view()
    {
        const string postMany = """
            async (count) => {
              const { Hub } = await import('/js/hub.js');
              const hub = new Hub();
              await hub.start();
              const chat = await hub.call('CreateChat', { settings: { assistant: 'off' } });
              for (let i = 1; i <= count; i++) {
                await hub.call('PostMessage', { chatId: chat.id, text: `Message number ${i}`, clientMessageId: `many-${i}` });
                await new Promise((resolve) => setTimeout(resolve, 60));
              }
              await hub.stop();
            }
            """;
        await using var server = await StartServerAsync();
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada");
        await ada.Page.EvaluateAsync(postMany, 130);
        await ada.OpenChatAsync();

        await Expect(ada.Messages).ToHaveCountAsync(100);
        await Expect(ada.Texts.Last).ToBeInViewportAsync();
        await Expect(ada.By("jump")).ToBeHiddenAsync();

        await ada.Page.Mouse.MoveAsync(600, 400);
        await ada.Page.Mouse.WheelAsync(0, -2_000);
        await Expect(ada.By("jump")).ToBeVisibleAsync();
        var place = ada.Texts.GetByText("Message number 40", new() { Exact = true });
        await place.ScrollIntoViewIfNeededAsync();
        await ada.Page.Mouse.WheelAsync(0, -1_000);
        var first = await ada.Page.EvaluateAsync<string>(FirstVisible);
        await ada.Page.Locator(".scroller").EvaluateAsync("(scroller) => scroller.scrollTop = 100");
        await Expect(ada.Messages).ToHaveCountAsync(130);
        Assert.NotEqual("Message number 1", await ada.Page.EvaluateAsync<string>(FirstVisible));
        Assert.StartsWith("Message number 3", await ada.Page.EvaluateAsync<string>(FirstVisible), StringComparison.Ordinal);
        Assert.StartsWith("Message number", first, StringComparison.Ordinal);

        await ada.By("jump").ClickAsync();
        await Expect(ada.Texts.Last).ToBeInViewportAsync();
        await ada.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task Sign_out_ends_the_session_and_refusals_are_said_in_words()
    {
        await using var server = await StartServerAsync();
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada");

        await ada.By("sign-out").ClickAsync();
        await Expect(ada.By("login-form")).ToBeVisibleAsync();
        await ada.By("username").FillAsync(ada.Name);
        await ada.By("password").FillAsync("not the password");
        await ada.By("submit").ClickAsync();
        await Expect(ada.By("auth-error")).ToContainTextAsync("wrong");

        await ada.By("password").FillAsync("correct horse battery");
        await ada.By("submit").ClickAsync();
        await ada.ExpectLiveAsync();
    }

    [Fact]
    public async Task Session_that_ended_while_the_line_was_down_leads_to_the_sign_in_and_nothing_is_negotiated()
    {
        await using var server = await StartServerAsync();
        await using var line = FaultProxy.Start(server.Address);
        await using var ada = await Visitor.OpenAsync(chromium, line.Address, "ada");
        var negotiations = 0;
        ada.Page.Request += (_, request) => negotiations += request.Url.Contains("negotiate", StringComparison.Ordinal) ? 1 : 0;
        await ada.SignUpAsync();
        ada.LosesConnections = true;

        // No sooner than the page knows it: its socket is refused, and it is not told why.
        await ada.Page.Context.ClearCookiesAsync();
        line.Reset();

        await Expect(ada.By("login-form")).ToBeVisibleAsync();
        Assert.Equal(0, negotiations);
        await ada.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task Chat_that_was_opened_takes_what_is_typed_and_loses_nothing_of_it()
    {
        await using var server = await StartServerAsync();
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada");
        await ada.CreateChatAsync();
        await ada.Page.Keyboard.TypeAsync("[good](https://evil.test\\\\@good.test/)");
        await ada.Page.Keyboard.PressAsync("Enter");
        await Expect(ada.Messages.First.Locator(".link-host")).ToHaveTextAsync("evil.test");

        await ada.Page.ReloadAsync();
        await Expect(ada.By("composer")).ToBeFocusedAsync();

        var tooLong = new string('w', 40_000);
        await ada.SendAsync(tooLong);
        await Expect(ada.By("notice")).ToContainTextAsync("this one holds 40000");
        await Expect(ada.By("composer")).ToHaveValueAsync(tooLong);
        await ada.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task Model_is_chosen_from_a_list_and_a_limit_is_said_in_words()
    {
        await using var ollama = await FakeOllama.StartAsync();
        ollama.Models.Add(new FakeModel("second:1b", 4_096, "completion"));
        await using var server = await ServerProcess.StartAsync(
            new Dictionary<string, string> { ["Assistant__Ollama"] = $"{ollama.Address}", ["Usage__User__RequestsPerDay"] = "1" },
            TestContext.Current.CancellationToken);
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada");
        await ada.CreateChatAsync();
        await Expect(ada.By("model").Locator("option")).ToHaveTextAsync([$"Default ({OllamaProtocol.Model})", OllamaProtocol.Model, "second:1b"]);

        await ada.By("model").SelectOptionAsync("second:1b");
        await ada.SendAsync("Hello");
        Assert.Equal("You said: Hello", (await ada.ReadToTheEndAsync()).Trim());
        Assert.Equal("second:1b", ollama.Requests.Last(request => request.LastUserText == "Hello").Json.GetProperty("model").GetString());
        await Expect(ada.Replies.Last.Locator(".detail")).ToContainTextAsync("second:1b");
        await ada.Page.ReloadAsync();
        await Expect(ada.By("model")).ToHaveValueAsync("second:1b");

        await ada.SendAsync("Again");
        await Expect(ada.Messages.Last).ToContainTextAsync("Not sent. You may ask 1 times in 24 hours. The next is possible in 25 h, at ");
        await ada.ScreenshotAsync("limit");
        await ada.AssertNothingWentWrongAsync();
    }

    [Fact]
    public async Task Narrow_screens_never_scroll_sideways()
    {
        await using var server = await StartServerAsync();
        await using var ada = await Visitor.SignedUpAsync(chromium, server.Address, "ada", new()
        {
            ViewportSize = new() { Width = 320, Height = 640 },
            HasTouch = true,
            IsMobile = true,
        });
        await ada.By("open-list").ClickAsync();
        await ada.CreateChatAsync();
        await ada.SendAsync($"{new string('w', 400)}\n\n```\n{new string('x', 400)}\n```\n\n| a | b |\n|---|---|\n| {new string('y', 80)} | {new string('z', 80)} |");
        await ada.ReadToTheEndAsync();

        Assert.Equal(320, await ada.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Equal(320, await ada.Page.EvaluateAsync<int>("document.querySelector('.scroller').scrollWidth"));
        Assert.Equal(640, await ada.Page.EvaluateAsync<int>("document.documentElement.scrollHeight"));
        await ada.ScreenshotAsync("narrow");
        await ada.AssertNothingWentWrongAsync();
    }

    /// <summary>Its demo assistant speaks faster than people read, but slowly enough to be interrupted.</summary>
    private static Task<ServerProcess> StartServerAsync() => ServerProcess.StartAsync(
        new Dictionary<string, string> { ["Assistant__DemoWordsPerSecond"] = "60" }, TestContext.Current.CancellationToken);

    private async Task<(Visitor Ada, Visitor Bob)> ChatBetweenAsync(Uri adasAddress, Uri bobsAddress)
    {
        var ada = await Visitor.SignedUpAsync(chromium, adasAddress, "ada");
        var bob = await Visitor.SignedUpAsync(chromium, bobsAddress, "bob");
        await ada.CreateChatAsync();
        await ada.InviteAsync(bob);
        await bob.OpenChatAsync();
        await Expect(ada.Page.Locator("[data-testid=participant][data-online=true]")).ToHaveCountAsync(2);
        return (ada, bob);
    }
}
