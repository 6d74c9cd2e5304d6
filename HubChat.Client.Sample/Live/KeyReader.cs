using System.Threading.Channels;

namespace HubChat.Client.Sample.Live;

/// <summary>
/// Keys as they are pressed. Reading a key can neither be awaited nor cancelled, so a thread of its own does it; it ends
/// with the process.
/// </summary>
internal sealed class KeyReader
{
    private readonly Channel<ConsoleKeyInfo> _keys = Channel.CreateBounded<ConsoleKeyInfo>(256);

    public ChannelReader<ConsoleKeyInfo> Keys => _keys.Reader;

    public void Start()
    {
        Console.TreatControlCAsInput = true;
        new Thread(Read) { IsBackground = true, Name = "keys" }.Start();
    }

    private void Read()
    {
        try
        {
            while (true)
            {
                var key = Console.ReadKey(intercept: true);
                while (!_keys.Writer.TryWrite(key))
                {
                    // A paste that is faster than the screen waits here.
                    Thread.Sleep(5);
                }
            }
        }
        catch (InvalidOperationException)
        {
            // The terminal is gone.
            _keys.Writer.TryComplete();
        }
    }
}
