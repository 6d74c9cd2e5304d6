using HubChat.Client.Sample;
using HubChat.Client.Sample.Live;
using Xunit;

namespace HubChat.Tests.Client;

public sealed class LiveLoopTests
{
    [Fact]
    public async Task Only_calls_that_somebody_asked_for_report_that_they_failed()
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var failures = new List<string>();
        var loop = new LiveLoop(() => { }, failure => failures.Add(failure.Message));
        loop.TryHint(_ => Task.FromException(new ClientException(ExitCode.Refused, "a hint")));
        loop.TryCall(_ => Task.FromException(new ClientException(ExitCode.Refused, "a call")));
        loop.TryCall(token => loop.ShowAsync(loop.End, token).AsTask());

        var calling = loop.RunCallsAsync(stopping.Token);
        await loop.RunScreenAsync(stopping.Token);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling);

        Assert.Equal(["a call"], failures);
    }
}
