using System.CommandLine;
using System.CommandLine.Help;
using GrainAnalytics.Cli.Load;
using GrainAnalytics.Cli.Verify;

namespace GrainAnalytics.Cli.Commands;

/// <summary>The command line as a whole.</summary>
internal static class Root
{
    // After Ctrl-C or SIGTERM a command ends what it has begun, and reports.
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(15);

    /// <summary>Runs the program.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) Console.Error.WriteLine(error.Message);
            Console.Error.WriteLine($"See {Name(parsed)} --help.");
            return ExitCode.Usage;
        }
        try
        {
            return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = Ending });
        }
        catch (CommandException e)
        {
            Console.Error.WriteLine(e.Message);
            return e.Code;
        }
    }

    private static RootCommand Create()
    {
        var root = new RootCommand(
            """
            Tools for a GrainAnalytics server: make load, and check that nothing acknowledged was lost or counted twice.

            Exit codes: 0 all is well, 1 something is not, 2 wrong usage, 3 no answer (server or database away, or the key refused).
            COMMAND --help has examples.
            """)
        {
            LoadCommand.Create(), VerifyCommand.Create(),
        };
        foreach (var help in root.Options.OfType<HelpOption>()) help.Action = new NotedCommand.Help((HelpAction)help.Action!);
        return root;
    }

    private static string Name(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? "grain-analytics" : $"grain-analytics {parsed.CommandResult.Command.Name}";
}
