namespace HubChat.Server.Diagnostics;

internal sealed class NoFailpoints : IFailpoints
{
    public void Hit(Failpoint point)
    {
    }
}
