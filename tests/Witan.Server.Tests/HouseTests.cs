using System.Xml.Linq;

namespace Witan.Server.Tests;

/// <summary>Who may use whom.</summary>
public sealed class HouseTests
{
    [Fact]
    public void Every_source_keeps_to_the_table() => Assert.Empty(House.Violations(House.Sources()));

    [Theory]
    [InlineData("src/Witan")]
    [InlineData("src/Witan.Server")]
    public void No_folders_use_each_other_in_a_circle(string below) => Assert.Empty(House.Cycles(House.Sources(), below));

    [Theory]
    [InlineData("Witan.Core.dll", "MathNet.Numerics", "Microsoft.ML")]
    [InlineData("Witan.Client.dll")]
    public void The_core_refers_to_nothing_but_the_BCL_and_maths_and_the_client_to_nothing_but_the_BCL(string assembly, params string[] allowed)
    {
        var references = House.References(Path.Combine(AppContext.BaseDirectory, assembly));
        Assert.NotEmpty(references);
        Assert.All(references, name => Assert.True(name == "netstandard" || allowed.Append("System").Any(prefix => House.Within(name, prefix)), name));
    }

    [Theory]
    [InlineData("Witan", "MathNet.Numerics Microsoft.ML Microsoft.ML.FastTree")]
    [InlineData("Witan.Client", "")]
    [InlineData("Witan.Dashboard", "Microsoft.AspNetCore.Components.WebAssembly", "../Witan.Client/Witan.Client.csproj")]
    public void The_core_the_client_and_the_dashboard_ship_no_other_package(string project, string packages, params string[] projects)
    {
        var file = XDocument.Load(Path.Combine(House.Root, "src", project, $"{project}.csproj"));
        Assert.Equal(projects, file.Descendants("ProjectReference").Select(reference => reference.Attribute("Include")!.Value));
        Assert.Equal(packages, string.Join(' ', file.Descendants("PackageReference").Where(p => p.Attribute("PrivateAssets")?.Value != "all").Select(p => p.Attribute("Include")!.Value)));
    }

    [Theory]
    [InlineData("src/Witan/Fixes/A.cs", "using Witan.Client;")]
    [InlineData("src/Witan/Fixes/A.cs", "using Microsoft.Extensions.Logging;")]
    [InlineData("src/Witan/Fixes/A.cs", "class A { Witan.Server.Settings? s; }")]
    [InlineData("src/Witan/Intelligence/Models/A.cs", "using Microsoft.ML.Trainers.FastTree;")]
    [InlineData("src/Witan.Client/A.cs", "using Witan.Fixes;")]
    [InlineData("src/Witan.Client/A.cs", "using Dapper;")]
    [InlineData("src/Witan.Client/A.cs", "using Witan.Dashboard.Parts;")]
    [InlineData("src/Witan.Dashboard/Pages/A.razor", "@using Witan.Fixes")]
    [InlineData("src/Witan.Dashboard/Pages/A.razor", "@inject Witan.Server.Settings Settings")]
    [InlineData("src/Witan.Dashboard/Parts/A.cs", "using Microsoft.Extensions.Logging;")]
    [InlineData("src/Witan.Server/Dashboard/A.cs", "using Witan.Dashboard.Parts;")]
    [InlineData("src/Witan.Server/Platform/Http/A.cs", "using Witan.Server.Dashboard;")]
    [InlineData("src/Witan.Server/Storage/A.cs", "using Witan.Server.Events;")]
    [InlineData("src/Witan.Server/Verbs/A.cs", "using Microsoft.Data.Sqlite;")]
    [InlineData("src/Witan.Server/Fixes/A.cs", "class A { void B() => Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools(); }")]
    [InlineData("src/Witan.Server/WitanHost.cs", "using DbUp.Engine;")]
    [InlineData("src/Witan.Server/Platform/Http/A.cs", "using Witan.Server.Fixes;")]
    [InlineData("src/Witan.Server/Platform/Http/A.cs", "using static Witan.Server.Models.ModelStore;")]
    [InlineData("src/Witan.Server/Platform/Http/A.cs", "class A { Fixes.FixStore? store; }")]
    [InlineData("src/Witan.Server/Storage/A.cs", "using Witan.Server.TrackRecords;")]
    [InlineData("src/Witan.Server/Models/A.cs", "using Witan.Server.Verbs;")]
    [InlineData("src/Witan.Server/Models/A.cs", "class A { object B => FixEndpoints.X; }")]
    [InlineData("src/Witan.Server/Models/A.cs", "namespace Witan.Server.Fixes;")]
    public void What_breaks_the_table_is_found(string path, string text) => Assert.Single(House.Violations([new(path, text)]));

    [Theory]
    [InlineData("src/Witan/Intelligence/Models/A.cs", "using System.Text; using MathNet.Numerics.Distributions;\nusing Witan.Fixes;")]
    [InlineData("src/Witan/Intelligence/Training/A.cs", "using Microsoft.ML;\nusing Microsoft.ML.Trainers.FastTree;")]
    [InlineData("src/Witan.Server/Storage/A.cs", "using Microsoft.Data.Sqlite;\nusing Witan.Server.Platform.Http;")]
    [InlineData("src/Witan.Server/Fixes/FixEndpoints.cs", "// Microsoft.Data.Sqlite is not used here\nclass FixEndpoints { string s = \"Fixes.Of\"; }")]
    [InlineData("src/Witan.Server/WitanHost.cs", "class A { object B => FixEndpoints.X; }")]
    [InlineData("src/Witan.Dashboard/Pages/A.razor", "@page \"/a\"\n@using Witan.Client\n@using Microsoft.AspNetCore.Components.Web\n@inject Session Session")]
    public void What_keeps_to_the_table_is_let_be(string path, string text) => Assert.Empty(House.Violations([new(path, text)]));

    [Fact]
    public void A_circle_is_found_and_a_chain_is_not()
    {
        Source a = new("src/Witan/A/A.cs", "using Witan.B;"), b = new("src/Witan/B/B.cs", "using Witan.C;"), c = new("src/Witan/C/C.cs", "using System;");
        Assert.Empty(House.Cycles([a, b, c], "src/Witan"));
        Assert.Equal(3, House.Cycles([a, b, c with { Text = "using Witan.A;" }], "src/Witan").Count());
    }
}
