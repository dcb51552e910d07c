using GrainAnalytics.OrleansDashboard.Hosting;

return await DashboardProgram.RunAsync(args);
