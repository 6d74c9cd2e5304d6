namespace HubChat.Server.Diagnostics;

/// <summary>Named places where a test may make the process fail. The server itself does nothing there.</summary>
internal interface IFailpoints
{
    /// <summary>Throws when a test has armed this failpoint.</summary>
    void Hit(Failpoint point);
}
