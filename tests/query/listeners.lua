-- Reads filters, a line each, from $FILTERS; writes to $ANSWERS the numbers of the frames that pass each.
local number = 0
local answers = io.open(os.getenv("ANSWERS"), "w")
for filter in io.open(os.getenv("FILTERS")):lines() do
  number = number + 1
  local mine = number
  local taken, tap = pcall(Listener.new, "frame", filter)
  if not taken then
    answers:write(mine, "\tERROR ", (tostring(tap):gsub("%s+", " ")), "\n")
  else
    local frames = {}
    function tap.packet(pinfo) frames[#frames + 1] = pinfo.number end
    function tap.draw() answers:write(mine, "\t", table.concat(frames, ","), "\n") answers:flush() end
  end
end
