using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using GrainAnalytics.Cli.Load;
using GrainAnalytics.Cli.Spool;
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
            Tools for a GrainAnalytics server: make load, check that nothing acknowledged was lost or counted twice, deliver a spool.

            Exit codes: 0 all is well, 1 something is not, 2 wrong usage, 3 no answer (server or database away, or the key refused).
            COMMAND --help has examples.
            """)
        {
            LoadCommand.Create(), VerifyCommand.Create(), SpoolCommand.Create(),
        };
        foreach (var help in root.Options.OfType<HelpOption>()) help.Action = new NotedCommand.Help((HelpAction)help.Action!);
        return root;
    }

    // With the commands above it.
    private static string Name(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand } result; at = at.Parent) names.Insert(0, result.Command.Name);
        return string.Join(' ', ["grain-analytics", .. names]);
    }
}
