namespace HubChat.Server.Endpoints;

/// <summary>What people are told about an answer that did not end well, by its stable code (docs/protocol/hub.md §3), the same at every door.</summary>
internal static class ReplyErrorTexts
{
    public static string Of(string code) => code switch
    {
        "model_error" => "The model failed.",
        "model_unavailable" => "The model is not available.",
        "model_busy" => "The model has too much to do.",
        "quota_exceeded" => "The limit on requests or tokens is reached.",
        "context_length_exceeded" => "The conversation is longer than the model can read.",
        "first_token_timeout" => "The model did not begin to answer in time.",
        "stalled" => "The model fell silent.",
        "time_limit" => "The answer took too long.",
        "empty_reply" => "The model gave no answer.",
        "content_filter" => "The model's content filter held the answer back.",
        "server_stopped" => "The server stopped while the answer was being written.",
        _ => "The answer could not be completed.",
    };
}
