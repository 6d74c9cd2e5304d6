using HubChat.Server.Models;
using Microsoft.Extensions.AI;
using Xunit;

namespace HubChat.Tests.Models;

/// <summary>What came of a question.</summary>
internal sealed class HeardAnswer
{
    public List<ChatResponseUpdate> Updates { get; } = [];

    public Exception? Failure { get; set; }

    public string Text => string.Concat(Updates.Select(update => update.Text));

    public string Reasoning => string.Concat(Contents<TextReasoningContent>().Select(content => content.Text));

    public ChatFinishReason? FinishReason => Updates.Select(update => update.FinishReason).OfType<ChatFinishReason>().Cast<ChatFinishReason?>().SingleOrDefault();

    public UsageDetails? Usage => Contents<UsageContent>().SingleOrDefault()?.Details;

    public IEnumerable<T> Contents<T>()
        where T : AIContent => Updates.SelectMany(update => update.Contents).OfType<T>();

    /// <summary>The answer came to its proper end.</summary>
    public HeardAnswer Whole()
    {
        Assert.Null(Failure);
        Assert.NotNull(FinishReason);
        return this;
    }

    /// <summary>It failed in our words: with this code, after this text.</summary>
    public ModelException Failed(string code = ModelException.Failed, string text = "")
    {
        var failure = Assert.IsType<ModelException>(Failure);
        Assert.Equal((code, text), (failure.Code, Text));
        Assert.Null(failure.InnerException);
        Assert.Null(FinishReason);
        return failure;
    }
}
