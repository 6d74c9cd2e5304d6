using System.Text.Json;

namespace HubChat.Tests.App;

/// <summary>The calls that nearly every test makes.</summary>
internal static class Calls
{
    extension(TestConnection connection)
    {
        /// <summary>A new chat with these people in it; gives its id.</summary>
        public async Task<string> CreateChatAsync(CancellationToken cancellationToken, params TestUser[] others)
        {
            var chat = await connection.CallAsync(
                "CreateChat", cancellationToken, new { participants = others.Select(user => user.UserName) });
            return chat.GetProperty("id").GetString()!;
        }

        public Task<JsonElement> PostAsync(string chatId, string text, string clientMessageId, CancellationToken cancellationToken) =>
            connection.CallAsync("PostMessage", cancellationToken, new { chatId, text, clientMessageId });

        public Task<JsonElement> WatchAsync(string chatId, CancellationToken cancellationToken) =>
            connection.CallAsync("WatchChat", cancellationToken, new { chatId });

        public async Task<IReadOnlyList<JsonElement>> MessagesAsync(string chatId, CancellationToken cancellationToken)
        {
            var page = await connection.CallAsync("GetMessages", cancellationToken, new { chatId, limit = 100 });
            return [.. page.GetProperty("messages").EnumerateArray()];
        }
    }
}
