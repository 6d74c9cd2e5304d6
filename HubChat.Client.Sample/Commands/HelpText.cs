using System.Reflection;

namespace HubChat.Client.Sample.Commands;

internal static class HelpText
{
    public static string Version =>
        typeof(HelpText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public const string Usage =
        """
        hubchat: several people and an assistant in one live chat.

          hubchat                      sign in if need be, list the chats, talk
          hubchat signup [NAME]        make an account   (--email ADDRESS, --name "DISPLAY NAME")
          hubchat login [NAME]         sign in
          hubchat logout               end the session, here and at the server
          hubchat list                 list the chats
          hubchat new [TITLE]          make a chat and print its id   (--invite NAME, as often as needed)
          hubchat open CHAT            talk in a chat
          hubchat --say TEXT --chat ID ask, and stream the reply to standard output
          hubchat check                is the server there, am I signed in, does the hub answer
          hubchat demo                 two made-up people share a chat; proves that both see what is stored

          --server URL                 the server; else $HUBCHAT_SERVER, else http://127.0.0.1:5080
          --password-stdin             read the password from standard input, for scripts
          --help, --version

        A session is kept in $XDG_CONFIG_HOME/hubchat/session.json, readable by you alone. $HUBCHAT_TOKEN is used instead
        when it is set. Without a terminal, or with $NO_COLOR, the output is plain text without any escape codes.

        Exit codes
          0  all went well; with --say: the reply is done, and standard output is exactly its text
          1  the command line is wrong
          2  the server cannot be reached
          3  not signed in, or refused
          4  the reply was stopped, failed or was interrupted; standard output has what there is of it
          5  the reply is done, but was restarted on the way: standard output has the abandoned text, an empty line, and
             then the whole text anew
          6  demo: somebody did not see what is stored
         70  a fault of this program
         74  standard output cannot be written: the disk is full, or nobody reads the pipe any more
        130  Ctrl-C; a reply goes on at the server
        """;

    public const string Live =
        """
        Type a message and Enter; @assistant asks the assistant.
          /list              your chats
          /open N            open one, by number, id or title
          /search WORDS      find what was said, in all your chats
          /new TITLE         make a chat and open it
          /close             leave the screen of this chat, stay in it
          /who               who is in this chat, and here
          /invite NAME       bring somebody in (NAME reader: may only read)
          /remove NAME       put somebody out
          /stop              stop the reply
          /continue          go on with a reply that broke off
          /again             another version of the reply
          /more              older messages
          /rename TITLE      rename this chat
          /assistant MODE    always, mention or off
          /models            which models there are
          /model NAME        have another model answer here
          /leave             leave this chat for good
          /delete            delete this chat for everybody
          /logout            sign out and end
          /quit              end (Ctrl-C, Ctrl-D)
        """;
}
