using GrainAnalytics.Cli.Commands;

return await Root.RunAsync(args);
