using Xunit;

namespace HubChat.Tests.Endpoints.Hubs;

/// <summary>Calls of the right shape with one value that is not.</summary>
public static class BadValues
{
    private const string Invalid = "invalid_request";
    private const string NotFound = "not_found";
    private static readonly string Positions = string.Join(',', Enumerable.Repeat("""{"id":"$generation","epoch":1,"off":0}""", 1_000));

    public static TheoryData<string, string, string> All => new()
    {
        { "PostMessage", Post("\"clientMessageId\":\"\""), Invalid },
        { "PostMessage", Post($"\"clientMessageId\":\"{new string('x', 65)}\""), Invalid },
        { "PostMessage", Post("\"clientMessageId\":\"with space\""), Invalid },
        { "PostMessage", Post("\"clientMessageId\":\"über\""), Invalid },
        { "PostMessage", Post("\"clientMessageId\":\"a\\u0000\""), Invalid },
        { "PostMessage", Post("\"clientMessageId\":\"c-1\""), "client_message_id_conflict" },
        { "PostMessage", Post("\"clientMessageId\":\"bad\",\"parentId\":\"$missing\""), NotFound },
        { "PostMessage", """[{"chatId":"$missing","text":"a","clientMessageId":"bad"}]""", NotFound },
        { "EditMessage", """[{"chatId":"$chat","messageId":"$missing","text":"a","clientMessageId":"bad"}]""", NotFound },
        { "EditMessage", """[{"chatId":"$chat","messageId":"$chat","text":"a","clientMessageId":"bad"}]""", NotFound },
        { "EditMessage", """[{"chatId":"$chat","messageId":"$reply","text":"a","clientMessageId":"bad"}]""", "forbidden" },
        { "EditMessage", """[{"chatId":"$chat","messageId":"$message","text":"a","clientMessageId":"bad","baseSeq":-1}]""", "stale_edit" },
        { "EditMessage", """[{"chatId":"$chat","messageId":"$message","text":"a","clientMessageId":"bad","baseSeq":1.5}]""", Invalid },
        { "DeleteMessage", """[{"chatId":"$chat","messageId":"$missing"}]""", NotFound },
        { "Regenerate", """[{"chatId":"$chat","messageId":"$message"}]""", NotFound },
        { "Regenerate", """[{"chatId":"$chat","messageId":"$reply","clientMessageId":"c-1"}]""", "client_message_id_conflict" },
        { "ContinueReply", """[{"chatId":"$chat","messageId":"$reply"}]""", "not_continuable" },
        { "StopGeneration", """["$missing"]""", NotFound },
        { "StreamReply", """["$missing",0,0]""", NotFound },
        { "StreamReply", """["$generation",-1,0]""", Invalid },
        { "StreamReply", """["$generation",0,-1]""", Invalid },
        { "StreamReply", """["$generation",0,2147483648]""", Invalid },

        { "GetMessages", Of("\"limit\":0"), Invalid },
        { "GetMessages", Of("\"limit\":101"), Invalid },
        { "GetMessages", Of("\"limit\":-1"), Invalid },
        { "GetMessages", Of("\"limit\":1e999999"), Invalid },
        { "GetMessages", Of("\"limit\":\"10\""), Invalid },
        { "GetMessages", Of("\"limit\":null"), Invalid },
        { "GetMessages", Of("\"beforeSeq\":9,\"afterSeq\":1"), Invalid },
        { "GetMessages", Of("\"beforeSeq\":9223372036854775808"), Invalid },
        { "GetMessages", Of("\"beforeSeq\":-1"), Invalid },
        { "GetMessages", Of("\"afterSeq\":-1"), Invalid },
        { "SearchMessages", """[{"query":""}]""", "text_empty" },
        { "SearchMessages", """[{"query":" \n\u200b "}]""", "text_empty" },
        { "SearchMessages", """[{"query":"a\u0000"}]""", "text_invalid" },
        { "SearchMessages", """[{"query":"a\ud83d"}]""", "text_invalid" },
        { "SearchMessages", """[{"query":"\ude00a"}]""", "text_invalid" },
        { "SearchMessages", $$"""[{"query":"{{new string('a', 201)}}"}]""", "text_too_long" },
        { "SearchMessages", """[{"query":"a","limit":0}]""", Invalid },
        { "SearchMessages", """[{"query":"a","limit":51}]""", Invalid },
        { "SearchMessages", """[{"query":"a","limit":-1}]""", Invalid },
        { "SearchMessages", """[{"query":"a","limit":null}]""", Invalid },
        { "SearchMessages", """[{"query":"a","before":""}]""", Invalid },
        { "SearchMessages", """[{"query":"a","before":"$message"}]""", Invalid },
        { "SearchMessages", $$"""[{"query":"a","before":"{{new string('_', 43)}}"}]""", Invalid },
        { "SearchMessages", $$"""[{"query":"a","before":" {{new string('A', 42)}}"}]""", Invalid },
        { "SearchMessages", $$"""[{"query":"a","before":"{{new string('A', 44)}}"}]""", Invalid },
        { "SearchMessages", """[{"query":"a","chatId":"$missing"}]""", NotFound },
        { "SearchMessages", """[{"query":"!","chatId":"$missing"}]""", NotFound },
        { "ListChats", """[{"limit":0}]""", Invalid },
        { "ListChats", """[{"limit":101}]""", Invalid },
        { "ListChats", """[{"archived":1}]""", Invalid },
        { "MarkRead", """["$chat",1e999999]""", Invalid },
        { "MarkRead", """["$chat",1.5]""", Invalid },
        { "MarkRead", """["$chat",-1]""", Invalid },
        { "RenameChat", """[{"chatId":"$chat","title":"one\u2028two"}]""", "text_invalid" },
        { "RenameChat", """[{"chatId":"$chat","title":"one\u2029two"}]""", "text_invalid" },
        { "RenameChat", """[{"chatId":"$chat","title":"one\ntwo"}]""", "text_invalid" },
        { "Typing", """["$chat",1]""", Invalid },
        { "WatchChat", Of("\"afterSeq\":-1"), Invalid },
        { "WatchChat", Of($"\"afterSeq\":1,\"generations\":[{Positions}]"), Invalid },
        { "WatchChat", Of("""
            "afterSeq":1,"generations":[{"id":"$generation","epoch":-1,"off":0}]
            """), Invalid },
        { "WatchChat", Of("""
            "afterSeq":1,"generations":[{"id":"$generation","epoch":1,"off":-1}]
            """), Invalid },
        { "WatchChat", Of("\"afterSeq\":1,\"generations\":[null]"), Invalid },

        { "CreateChat", """[{"participants":["nobody"]}]""", NotFound },
        { "CreateChat", """[{"participants":["bob","nobody"]}]""", NotFound },
        { "CreateChat", """[{"participants":[""]}]""", NotFound },
        { "CreateChat", """[{"participants":["a\u0000"]}]""", NotFound },
        { "CreateChat", """[{"participants":[null]}]""", Invalid },
        { "CreateChat", """[{"title":"two\nlines"}]""", "text_invalid" },
        { "CreateChat", """[{"settings":{"assistant":"off","seq":1}}]""", Invalid },
        { "CreateChat", """[{"settings":{"model":"nowhere"}}]""", "model_unknown" },
        { "RenameChat", Of("\"title\":\"two\\nlines\""), "text_invalid" },
        { "RenameChat", Of("\"title\":\"a\\rb\""), "text_invalid" },
        { "RenameChat", Of($"\"title\":\"{new string('a', 201)}\""), "text_too_long" },
        { "UpdateChatSettings", Of("\"temperature\":3"), Invalid },
        { "UpdateChatSettings", Of("\"temperature\":-0.1"), Invalid },
        { "UpdateChatSettings", Of("\"temperature\":1e999999"), Invalid },
        { "UpdateChatSettings", Of("\"temperature\":\"NaN\""), Invalid },
        { "UpdateChatSettings", Of("\"model\":\"nowhere\""), "model_unknown" },
        { "UpdateChatSettings", Of("\"model\":\"\""), "model_unknown" },
        { "UpdateChatSettings", Of("\"assistant\":\"sometimes\""), Invalid },
        { "UpdateChatSettings", Of("\"assistant\":\"default\""), Invalid },
        { "UpdateChatSettings", Of("\"assistant\":\"ALWAYS\""), Invalid },
        { "UpdateChatSettings", Of("\"assistant\":\"always, off\""), Invalid },
        { "UpdateChatSettings", Of("\"assistant\":\"1\""), Invalid },
        { "UpdateChatSettings", Of("\"assistant\":1"), Invalid },
        { "UpdateChatSettings", Of("\"whoMayStop\":0"), Invalid },
        { "UpdateChatSettings", Of("\"whoMayStop\":\"nobody\""), Invalid },
        { "UpdateChatSettings", Of($"\"systemPrompt\":\"{new string('a', 8_001)}\""), "text_too_long" },
        { "AddParticipant", Of("\"username\":\"nobody\""), NotFound },
        { "AddParticipant", Of("\"username\":\"bob\",\"role\":\"owner\""), Invalid },
        { "AddParticipant", Of("\"username\":\"bob\",\"role\":\"boss\""), Invalid },
        { "AddParticipant", Of("\"username\":\"bob\",\"role\":1"), Invalid },
        { "AddParticipant", Of("\"username\":\"bob\",\"role\":\"reader\""), "already_participant" },
        { "ChangeRole", Of("\"userId\":\"$bob\",\"role\":\"owner\""), Invalid },
        { "ChangeRole", Of("\"userId\":\"$ada\",\"role\":\"reader\""), "forbidden" },
        { "ChangeRole", Of("\"userId\":\"$missing\",\"role\":\"reader\""), NotFound },
        { "RemoveParticipant", Of("\"userId\":\"$missing\""), NotFound },
        { "RemoveParticipant", Of("\"userId\":\"$ada\""), "forbidden" },
        { "DeleteChat", """["$missing"]""", NotFound },
    };

    private static string Post(string members) => Of($"\"text\":\"a\",{members.Trim()}");

    private static string Of(string members) => $$"""[{"chatId":"$chat",{{members.Trim()}}}]""";
}
