using GrainAnalytics.Fuzz;

return FuzzProgram.Run(args, Console.Out, Console.Error);
