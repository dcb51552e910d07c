using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace GrainAnalytics.Cli.Commands;

/// <summary>A command whose help ends with notes: examples, files and exit codes. In the list of commands it has its line only.</summary>
/// <param name="name">What is typed.</param>
/// <param name="description">One line.</param>
/// <param name="notes">The end of its help.</param>
internal sealed class NotedCommand(string name, string description, string notes) : Command(name, description)
{
    private readonly string _notes = notes;

    /// <summary>Prints the help of System.CommandLine, then the notes.</summary>
    public sealed class Help(HelpAction standard) : SynchronousCommandLineAction
    {
        /// <inheritdoc/>
        public override bool ClearsParseErrors => true;

        /// <inheritdoc/>
        public override int Invoke(ParseResult parseResult)
        {
            var code = standard.Invoke(parseResult);
            if (parseResult.CommandResult.Command is NotedCommand command) parseResult.InvocationConfiguration.Output.WriteLine(command._notes);
            return code;
        }
    }
}
