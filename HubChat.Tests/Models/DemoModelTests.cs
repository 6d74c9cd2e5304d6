using HubChat.Server.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Xunit;

namespace HubChat.Tests.Models;

public sealed class DemoModelTests
{
    private static readonly ChatMessage Question = new(ChatRole.User, "Hello");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Same_question_gets_the_same_answer_again()
    {
        var first = await AnswerAsync(Question);
        Assert.NotEmpty(first);

        Assert.Equal(first, await AnswerAsync(Question, new(ChatRole.Assistant, first), Question));
        Assert.Equal(first, await AnswerAsync(Question, new(ChatRole.Assistant, first[..20]), Question));
    }

    [Fact]
    public async Task Answer_that_broke_off_goes_on_where_it_ends()
    {
        var whole = await AnswerAsync(Question);

        var rest = await AnswerAsync(Question, new(ChatRole.Assistant, whole[..100]), new(ChatRole.User, ModelRequests.Continue));

        Assert.Equal(whole[100..], rest);
    }

    private static async Task<string> AnswerAsync(params ChatMessage[] conversation)
    {
        using var model = new DemoModel(Options.Create(new AssistantOptions { DemoWordsPerSecond = 10_000 }), TimeProvider.System);
        return (await model.GetResponseAsync([new(ChatRole.System, "Answer."), .. conversation], cancellationToken: Token)).Text;
    }
}
