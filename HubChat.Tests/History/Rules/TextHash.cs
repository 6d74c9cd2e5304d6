using System.Security.Cryptography;
using System.Text;

namespace HubChat.Tests.History.Rules;

/// <summary>The self-check of a reply's text, as the contract has it.</summary>
internal static class TextHash
{
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static bool Matches(HistoryRecord done, string text) => done.Length == text.Length && done.Hash == Of(text);
}
