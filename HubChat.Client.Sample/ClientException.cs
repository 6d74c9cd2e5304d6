namespace HubChat.Client.Sample;

/// <summary>An expected end: a sentence for people, and the exit code that goes with it.</summary>
internal class ClientException(int exitCode, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    public int ExitsWith => exitCode;
}
