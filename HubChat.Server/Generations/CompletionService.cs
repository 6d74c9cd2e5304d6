using System.Collections.Concurrent;
using HubChat.Server.Diagnostics;
using HubChat.Server.Errors;
using HubChat.Server.Identity;
using HubChat.Server.Ids;
using HubChat.Server.Models;
using HubChat.Server.Usage;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Generations;

/// <summary>
/// Calls of models outside any chat. Such a call belongs to who made it: it ends with the request, and nothing of it is stored but its
/// entry in the ledger.
/// </summary>
internal sealed class CompletionService(
    ModelCatalog models, UsageLimits limits, CallLedger ledger, ServerState server, IOptions<GenerationOptions> options, TimeProvider time,
    ILogger<CompletionService> logger) : IHostedLifecycleService
{
    private readonly ConcurrentDictionary<GenerationId, Completion> _running = new();

    /// <summary>The calls of this node that are being answered.</summary>
    public ICollection<Completion> Running => _running.Values;

    /// <summary>Begins a call. Whoever gets it must dispose it.</summary>
    /// <exception cref="ChatException">model_not_found, context_length_exceeded, quota_exceeded or draining. The model has not been called.</exception>
    public async Task<Completion> BeginAsync(CompletionRequest request, CurrentUser user, CancellationToken cancellationToken)
    {
        if (server.IsDraining)
        {
            throw ChatException.Draining();
        }

        var model = models.Find(request.Model, user.Role)
            ?? throw new ChatException(ChatError.NotFound, "model_not_found", "There is no model of this name, or it is not for you.");
        var subject = new UsageSubject(user.Id, user.KeyId, Chat: null);
        var (output, context) = limits.Cap(subject, Math.Min(model.MaxOutputTokens, request.Options.MaxOutputTokens ?? int.MaxValue), model.ContextTokens);
        var input = TokenEstimate.Of(request.Messages);
        if (input >= context)
        {
            throw ChatException.Invalid("context_length_exceeded", $"This model reads {context} tokens here, the messages have about {input}.");
        }

        output = (int)Math.Min(output, context - input);
        var lease = await limits.BeginAsync(subject, input, output, cancellationToken);
        var chatOptions = request.Options.Clone();
        chatOptions.ModelId = model.Name;
        chatOptions.MaxOutputTokens = (int)Math.Min(output, lease.Tokens - input ?? output);
        var completion = new Completion(
            TypedId.New<GenerationId>(time), user, model, request.Messages, chatOptions, options.Value, lease, ledger, time, logger, Forget, cancellationToken);
        _running[completion.Id] = completion;
        return completion;
    }

    /// <summary>A call of this node that is being answered.</summary>
    public Completion? Find(GenerationId id) => _running.GetValueOrDefault(id);

    /// <summary>Nobody can take a call over: its caller is told, while the listener still can.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        foreach (var completion in _running.Values)
        {
            completion.StopServing();
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Forget(Completion completion) => _running.TryRemove(completion.Id, out _);
}

/// <summary>A call of a model outside any chat.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Messages">The whole conversation.</param>
/// <param name="Options">What the caller asks for; limits may allow less.</param>
internal sealed record CompletionRequest(string Model, IReadOnlyList<ChatMessage> Messages, Microsoft.Extensions.AI.ChatOptions Options);
