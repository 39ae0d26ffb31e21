# The rates of bench/run as bars: gnuplot -e 'rates="FILE"; plot_file="FILE.svg"' plot.gp
# A line of `rates`: a label, its value a second and the value as it is written, separated by tabs; the first is at the top.
set terminal svg size 860,280 font "sans-serif,13" background "#ffffff"
set output plot_file
set datafile separator "\t"
stats rates using 2 nooutput name "rate"
set lmargin at screen 0.36
set rmargin at screen 0.97
set xrange [0:rate_max * 1.3]
set yrange [-rate_records + 0.4:0.6]
unset xtics  # Each bar has its value.
set ytics nomirror scale 0 textcolor rgb "#1f2328"
set label "a second, on the two cores that all of it shares" at graph 0, screen 0.05 textcolor rgb "#57606a"
set bmargin at screen 0.12
set border 0
set style fill solid noborder
half = 0.32
# The first are what the machine does without Posthorn.
colour(n) = n < 2 ? 0x8c959f : 0x0969da
plot rates using (0):(-$0):(0):2:(-$0 - half):(-$0 + half):(colour($0)):ytic(1) \
         with boxxyerror linecolor rgb variable notitle, \
     rates using 2:(-$0):3 with labels left offset 0.6,0 textcolor rgb "#1f2328" notitle
