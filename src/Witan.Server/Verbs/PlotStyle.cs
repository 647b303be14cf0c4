namespace Witan.Server.Verbs;

/// <summary>
/// The looks of a plot: colours that people who see colours differently tell apart (Okabe and Ito 2008, "Color universal
/// design"), and beside them a mark and a dash pattern of each series, for print and for those who see none.
/// </summary>
internal static class PlotStyle
{
    /// <summary>How many series can be told apart in one plot.</summary>
    public const int Series = 5;

    // Blue, vermilion, bluish green, reddish purple and orange. For contrast purple and orange are darker on white than in
    // the original, vermilion and green lighter on black, and sky blue stands in for blue there.
    private static readonly (string Light, string Dark, string Dashes)[] Colours =
        [("#0072b2", "#56b4e9", "none"), ("#d55e00", "#e8702a", "7 3"), ("#009e73", "#1fb58a", "2 3"), ("#b5578f", "#cc79a7", "9 3 2 3"), ("#b87f00", "#e69f00", "4 4")];

    /// <summary>The style sheet, for a light and for a dark surrounding. Nothing in it refers to anything outside the file.</summary>
    public static string Sheet { get; } = $$"""

        text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-size: 13px; fill: #1f2328; }
        .title { font-size: 20px; font-weight: 600; }
        .heading { font-size: 15px; font-weight: 600; }
        .muted, .tick, .note { fill: #59636e; }
        .tick, .note { font-size: 12px; }
        .middle { text-anchor: middle; }
        .end { text-anchor: end; }
        .page { fill: #ffffff; }
        .grid { stroke: #e6e9ed; }
        .axis { stroke: #818b98; }
        .ideal { stroke: #818b98; stroke-dasharray: 5 4; }
        .limit { stroke: #1f2328; stroke-dasharray: 2 3; }
        .halo { stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; paint-order: stroke; }
        .line { fill: none; stroke-width: 1.75px; stroke-linejoin: round; stroke-linecap: round; }
        .first { stroke-width: 2.75px; }
        .whisker { stroke-width: 1.25px; }
        .mark { stroke: #ffffff; stroke-width: 1px; }
        .band { fill-opacity: 0.14; stroke: none; }
        .bar { fill-opacity: 0.45; }
        {{string.Concat(Colours.Select((c, i) => Colour(i, c.Light, $" stroke-dasharray: {c.Dashes};")))}}@media (prefers-color-scheme: dark) {
        text { fill: #f0f6fc; }
        .muted, .tick, .note { fill: #9aa4af; }
        .page { fill: #0d1117; }
        .grid { stroke: #262c34; }
        .axis, .ideal { stroke: #6e7781; }
        .limit { stroke: #f0f6fc; }
        .halo, .mark { stroke: #0d1117; }
        .band { fill-opacity: 0.2; }
        {{string.Concat(Colours.Select((c, i) => Colour(i, c.Dark, "")))}}}

        """;

    /// <summary>The outline of a series' mark around a point: circle, square, triangle, diamond, triangle on its head.</summary>
    public static string Mark(int series, double x, double y, double size)
    {
        (double X, double Y)[] corners = series switch
        {
            0 => [],
            1 => [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            2 => [(0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
            3 => [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
            _ => [(0, 1.2), (1.15, -0.85), (-1.15, -0.85)],
        };
        var (left, radius) = (PlotPanel.Number(x - size), PlotPanel.Number(size));
        return corners.Length == 0
            ? $"M{left} {PlotPanel.Number(y)}a{radius} {radius} 0 1 0 {PlotPanel.Number(2 * size)} 0a{radius} {radius} 0 1 0 {PlotPanel.Number(-2 * size)} 0Z"
            : $"M{string.Join('L', corners.Select(c => $"{PlotPanel.Number(x + (size * c.X))} {PlotPanel.Number(y + (size * c.Y))}"))}Z";
    }

    private static string Colour(int series, string colour, string dashes) =>
        $".s{series} {{ stroke: {colour}; }}\n.f{series} {{ fill: {colour}; }}\n" + (dashes.Length == 0 ? "" : $".line.s{series} {{{dashes} }}\n");
}
