using HubChat.Server.Identity;
using HubChat.Server.Models;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace HubChat.Server.Endpoints.OpenAI;

/// <summary>docs/protocol/openai.md.</summary>
internal static class OpenAIEndpoints
{
    public const string Root = "/v1";
    public const string Policy = "OpenAI";

    public static void MapOpenAI(this IEndpointRouteBuilder routes)
    {
        var limits = routes.ServiceProvider.GetRequiredService<IOptions<OpenAIOptions>>().Value;
        var group = routes.MapGroup(Root).WithTags("OpenAI").RequireAuthorization(Policy).AddEndpointFilter<OpenAIErrorFilter>();
        group.MapPost("/chat/completions", Complete).WithMetadata(new RequestSizeLimitAttribute(limits.MaxRequestBytes));
        group.MapGet("/models", ListModels);
        group.MapGet("/models/{**id}", GetModel);
    }

    private static async Task Complete(
        HttpContext context, CurrentUser user, AnswerFactory answers, AnswerWriter writer, CancellationToken cancellationToken)
    {
        var request = await OpenAIJson.ReadAsync<ChatCompletionRequest>(context.Request, cancellationToken);
        await using var answer = await answers.BeginAsync(request, context.Request.Headers, user, cancellationToken);
        if (request.Stream is true)
        {
            await writer.StreamAsync(context, answer, includeUsage: request.StreamOptions?.IncludeUsage is true);
        }
        else
        {
            await writer.WriteAsync(context, answer);
        }
    }

    private static JsonHttpResult<ModelsResponse> ListModels(ModelCatalog models, CurrentUser user) =>
        TypedResults.Json(new ModelsResponse([.. models.For(user.Role).Select(model => new ModelItem(model.Name))]), OpenAIJson.Options);

    private static JsonHttpResult<ModelItem> GetModel(string id, ModelCatalog models, CurrentUser user)
    {
        // A slash that came escaped is still escaped in the path.
        var name = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return models.Find(name, user.Role) is { } model
            ? TypedResults.Json(new ModelItem(model.Name), OpenAIJson.Options)
            : throw OpenAIException.ModelNotFound();
    }
}
